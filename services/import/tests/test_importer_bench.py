"""``make bench-import``: the whole import beside its floor, on the same files in one run (design.md section 8).

Sizes by BENCH_ROWS and BENCH_REGISTERED (the first and the last with 100,000 rows, those between with all of
BENCH_ROWS); BENCH_RUNS of each line, of which the median counts. BENCH_OPENPYXL=0 leaves out the minutes of openpyxl.
BENCH_WRITE=1 puts the tables into docs/dev/benchmarks.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.entity import Queue
from sqlalchemy import text
from tests.fixtures.big_workbooks import write_big_workbook
from tests.fixtures.import_floor import FAULTY_EACH, Floor, floor, read_by_openpyxl, rows, timed
from tests.fixtures.processes import running, until
from tests.fixtures.registered import SERIAL, Registry
from tests.fixtures.report import Report
from tests.fixtures.usage import Peak, peak_of, processor_seconds

from chassis import bus
from chassis.database import Database
from importer.adapters.staging import Target
from importer.adapters.tables import import_run
from importer.domain.identity import identity_key
from importer.domain.references import References

Make = Callable[..., Any]


def numbers(name: str, default: str) -> list[int]:
    return [int(number) for number in os.environ.get(name, default).split(",")]


ROWS = numbers("BENCH_ROWS", "10000,100000,460000")
REGISTERED = numbers("BENCH_REGISTERED", "100000,2000000,10000000")
RUNS = numbers("BENCH_RUNS", "3")[0]
OPENPYXL = numbers("BENCH_OPENPYXL", "1")[0]
COMPARED_ROWS = 100_000
BARS_FROM = 460_000
RATIO, SHARED_MB, INLINE_MB, GROWTH, TWO_WORKERS = 1.25, 512, 300, 1.5, 0.65
_SPENT = text("""
select extract(epoch from j.finished_at - r.created_at)
from import_run r join job j on j.kind = 'error_workbook' and j.payload ->> 'import_id' = r.id::text
where r.id = :id and j.state = 'done'
""")
HEAD = (
    "registered", "rows", "texts", "reader s", "COPY s", "INSERT s", "floor s", "whole s", "ratio", "rows/s", "MB",
    "MB (RSS)", "openpyxl reads in s",
)  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """Seconds from the order until the error workbook lies ready, and what the worker and its reader held."""

    seconds: float
    peak: Peak


@dataclass
class Bench:
    """One registry, one worker, and the files."""

    database: Database
    registry: Registry
    references: References
    folder: Path
    application: Make
    queued: Make
    row_of: Make
    rule_set: Make
    opened: int = 0

    def book(self, count: int, *, shared: bool = True, first: int = 0) -> Path:
        """The workbook of this size, made when it is first asked for."""
        path = self.folder / f"{first}-{count}-{shared}.xlsx"
        if not path.exists():
            write_big_workbook(path, rows(self.references, count, first), count + 2, shared=shared)
        return path

    def open(self, unit: str) -> tuple[str, int]:
        """A new application: its id and its number."""
        self.opened += 1
        application_id = self.application(unit, f"NO-{self.opened}")
        with self.database.reading() as session:
            no = session.execute(
                text("select no from scope where application_id = :id"), {"id": application_id}
            )
            return application_id, int(no.scalar_one())

    def floor(self, path: Path) -> Floor:
        """The floor of a file."""
        _, no = self.open("unit-a")
        found = floor(
            self.database, path, self.references, self.rule_set(), Target(no, "unit-a", 1 << 27 | no)
        )
        self.registry.empty(no)
        return found

    def whole(self, path: Path, count: int, worker: int) -> Whole:
        """The import of a file by the worker."""
        application_id, no = self.open("unit-a")
        with peak_of([worker]) as peak:
            import_id = self.queued(application_id, path)
            seconds = self.spent(import_id)
        run = self.row_of(import_run, id=import_id)
        assert (run["failed"], run["read"]) == (-(-count // FAULTY_EACH), count)
        self.registry.empty(no)
        return Whole(seconds, peak)

    def spent(self, import_id: Any) -> float:
        """Seconds from the order to the end of the error workbook, once that is reached."""

        def look() -> Any:
            with self.database.reading() as session:
                return session.execute(_SPENT, {"id": import_id}).scalar()

        return float(until(look, 1800))


@pytest.fixture
def registry(environment: dict[str, str], references: References) -> Iterator[Registry]:
    maker, month = (
        references.by_name["manufacturer_name"].example,
        references.by_name["manufacture_ym"].example,
    )
    key = identity_key(maker, SERIAL.format(0), month.replace("-", ""))
    made = Registry(environment["OWNER_DATABASE_URL"], key, maker, month)
    yield made
    made.close()


@pytest.fixture
def bench(
    application: Make, queued: Make, database: Database, references: References, rule_set: Make, row_of: Make,
    registry: Registry, tmp_path: Path,
) -> Bench:  # fmt: skip
    return Bench(database, registry, references, tmp_path, application, queued, row_of, rule_set)


@pytest.fixture
def report() -> Iterator[Report]:
    made = Report("import", "make bench-import")
    yield made
    made.tell_all()
    if os.environ.get("BENCH_WRITE"):
        made.write()


@pytest.fixture
def listener(environment: dict[str, str]) -> None:
    """Somebody who hears the events, so that the relay need not try again and again."""
    queue = Queue("bench", bus.event_exchange("importer"), "#", durable=True, queue_arguments=bus.quorum())
    with Connection(environment["AMQP_URL"]) as connection:
        queue(connection.channel()).declare()


@pytest.mark.bench
@pytest.mark.timeout(0)
def test_the_import_beside_its_floor(
    bench: Bench, report: Report, environment: dict[str, str], stack: Any, listener: None
) -> None:
    missed: list[str] = []
    with ExitStack() as started:

        def start(module: str) -> int:
            return int(started.enter_context(running(module, environment, stack.ports.transient())).pid)

        start("chassis.relay")
        worker = start("importer.worker")
        report.table(HEAD)
        per_row: list[tuple[int, int, float]] = []
        for place, registered in enumerate(REGISTERED):
            bench.registry.fill(registered)
            between = 0 < place < len(REGISTERED) - 1
            counts = ROWS if between else [COMPARED_ROWS]
            per_row += [(registered, count, line(bench, report, worker, count, missed)) for count in counts]
            if between:
                line(bench, report, worker, ROWS[-1], missed, shared=False)
        growth(report, per_row, missed)
        workers(bench, report, [worker], start, missed)
    assert not missed


def line(
    bench: Bench, report: Report, worker: int, count: int, missed: list[str], *, shared: bool = True
) -> float:
    """Measures and tells one line of the table; gives the seconds of the whole."""
    path = bench.book(count, shared=shared)
    floors, wholes = [], []
    for _ in range(RUNS):
        floors.append(bench.floor(path))
        wholes.append(bench.whole(path, count, worker))
    parts = [median(getattr(one, name) for one in floors) for name in ("reader", "copy", "insert", "seconds")]
    whole = median(one.seconds for one in wholes)
    ratio = median(whole.seconds / floor.seconds for whole, floor in zip(wholes, floors, strict=True))
    own, resident = (max(getattr(one.peak, name) for one in wholes) for name in ("own", "resident"))
    alone = f"{timed(lambda: read_by_openpyxl(path)):.0f}" if shared and OPENPYXL else ""
    report.row(
        f"{bench.registry.count:,}", f"{count:,}", "shared" if shared else "inline",
        *(f"{part:.1f}" for part in parts), f"{whole:.1f}", f"{ratio:.2f}", f"{count / whole:,.0f}", own, resident,
        alone,
    )  # fmt: skip
    if count >= BARS_FROM and ratio > RATIO:
        missed.append(f"{count} rows: {ratio:.2f} x floor")
    if own > (SHARED_MB if shared else INLINE_MB):
        missed.append(f"{count} rows: {own} MB")
    return whole


def growth(report: Report, per_row: list[tuple[int, int, float]], missed: list[str]) -> None:
    """What a row costs in the largest registry against the smallest."""
    compared = [(registered, whole) for registered, count, whole in per_row if count == COMPARED_ROWS]
    (least, first), (most, last) = min(compared), max(compared)
    report.say(
        f"A row at {most:,} registered costs {last / first:.2f} x that at {least:,} (bar {GROWTH:.2f})."
    )
    if last / first > GROWTH:
        missed.append(f"{last / first:.2f} x per row")


def workers(
    bench: Bench, report: Report, pids: list[int], start: Callable[[str], int], missed: list[str]
) -> None:
    """Two files of two units: by one worker, then by two."""
    server, cores = bench.registry.postmaster(), os.cpu_count() or 1
    paths = [bench.book(COMPARED_ROWS, first=first) for first in (0, COMPARED_ROWS)]
    spent: list[float] = []
    report.table(
        ("workers", "both files s", "workers and readers CPU s", "PostgreSQL CPU s", "of all cores %")
    )
    for number in (1, 2):
        if number > 1:
            pids.append(start("importer.worker"))
        opened = [bench.open(f"unit-{one}") for one in "ac"]
        before = [processor_seconds(server), sum(map(processor_seconds, pids))]
        orders = [bench.queued(one, path) for (one, _), path in zip(opened, paths, strict=True)]
        spent.append(max(map(bench.spent, orders)))
        used = [processor_seconds(server) - before[0], sum(map(processor_seconds, pids)) - before[1]]
        busy = 100 * sum(used) / spent[-1] / cores
        report.row(number, f"{spent[-1]:.1f}", f"{used[1]:.1f}", f"{used[0]:.1f}", f"{busy:.0f}")
        for _, no in opened:
            bench.registry.empty(no)
    ratio = spent[1] / spent[0]
    report.say(f"Two workers need {ratio:.2f} x the time of one for the same two files (bar {TWO_WORKERS}).")

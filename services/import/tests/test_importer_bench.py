"""``make bench-import``: the whole import beside its floor, on the same files in one run (design.md section 8).

Floor: the fastest reader alone, a bare COPY, and a bare INSERT … SELECT into the product's own table with all its
indexes, under the same settings of the server. BENCH_ROWS and BENCH_REGISTERED choose other sizes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine_plus import CalamineWorkbook
from sqlalchemy import text
from tests.fixtures.processes import running, until

from chassis.database import Database
from importer.adapters.list_workbook import write_list_workbook
from importer.adapters.staging import Staging, Target, copy
from importer.adapters.tables import import_run
from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.references import References

Make = Callable[..., Any]
ROWS = [int(rows) for rows in os.environ.get("BENCH_ROWS", "10000,100000,460000").split(",")]
REGISTERED = int(os.environ.get("BENCH_REGISTERED", "2000000"))
FAULTY = 50  # each fiftieth row: 2 %
BAR, BAR_ROWS = 1.25, 460_000
OPENPYXL_ROWS = 10_000  # it takes minutes for more
_REGISTER = text("""
insert into cylinder (scope_no, id, unit_key, identity_digest, variety_code, product_name, medium_code,
    manufacturer_name, manufacture_ym, serial_no, unit_serial_no, qr_url, nominal_pressure_mpa, volume_l,
    design_life_years, supervision_cert_no, next_inspection_date, ownership, warnings)
select s.no, (1::bigint << 50) + i, hashtextextended(s.unit_id, 0), md5(i::text)::uuid, '2320', '液化石油气钢瓶', 'LPG',
    '某某压力容器有限公司', '2023-05', 'R' || i, 'R' || i, 'https://qr.example.com/r/' || i, 2.1, 35.5, 8, 'J',
    '2030-03', 'OWNED', '{}'
from generate_series(:first, :last) i, scope s where s.application_id = :application_id
""")


@pytest.fixture
def book(tmp_path: Path, references: References) -> Callable[[int, int], Path]:
    """A workbook of so many rows, each with texts of its own in six columns."""

    def make(rows: int, first: int) -> Path:
        examples = {column.code_name: column.example for column in references.columns}

        def cells() -> Iterator[tuple[str, dict[str, str]]]:
            for i in range(first, first + rows):
                own = {
                    "serial_no": f"B{i}",
                    "unit_serial_no": f"U{i}",
                    "hollow_code": f"H{i}",
                    "rfid_no": f"E{i}",
                }
                own |= {"qr_url": f"https://qr.example.com/b/{i}", "supervision_cert_no": f"JJ-{i}"}
                yield "", examples | own | ({"volume_l": "x"} if i % FAULTY == 0 else {})

        path = tmp_path / f"{first}-{rows}.xlsx"
        write_list_workbook(path, cells(), references)
        return path

    return make


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def read_alone(path: Path) -> None:
    with CalamineWorkbook.from_path(str(path)) as workbook:
        rows = iter(workbook.stream_sheet_by_index(0, max_col=25))
        while list(islice(rows, 500)):
            pass


def bare_load(
    database: Database, path: Path, references: References, rules: Any, scope_no: int
) -> tuple[float, float]:
    """COPY of the typed rows, then the product's own INSERT over all of them; thrown away."""
    with read_workbook(path, references, ReaderLimits()) as workbook:
        frames = [rules.check(batch).ok for batch in workbook.batches()]
    raw = database.engine.raw_connection()
    try:
        cursor: Any = raw.cursor()
        cursor.execute("set local statement_timeout = 0")
        staging = Staging(cursor, Target(scope_no, "unit-a", 1 << 25))
        began = time.perf_counter()
        for frame in frames:
            copy(cursor, "part", frame)
        loading = time.perf_counter() - began
        height = sum(frame.height for frame in frames)
        inserting = timed(lambda: staging._move(height, numbered=False))
        return loading, inserting
    finally:
        raw.rollback()
        raw.close()


@contextmanager
def peak_of(pid: int) -> Iterator[dict[str, int]]:
    """The highest sum of what a process and its children held at a time, in MB."""
    peak, ended = {"mb": 0}, threading.Event()

    def held(one: int) -> int:
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:
            return 0
        own = next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
        return own // 1024 + sum(held(int(child)) for child in children)

    def watch() -> None:
        while not ended.wait(0.05):
            peak["mb"] = max(peak["mb"], held(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        ended.set()
        watching.join()


@pytest.mark.bench
@pytest.mark.timeout(0)
def test_the_import_beside_its_floor(
    application: Make, queued: Make, database: Database, environment: dict[str, str], references: References,
    rule_set: Make, row_of: Make, book: Make, stack: Any,
) -> None:  # fmt: skip
    registered = application("unit-b", "NO-R")
    for first in range(0, REGISTERED, 100_000):
        with database.engine.begin() as connection:
            last = min(first + 100_000, REGISTERED) - 1
            connection.execute(_REGISTER, {"first": first, "last": last, "application_id": registered})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        connection.exec_driver_sql("vacuum analyze cylinder")
    say(f"{REGISTERED:,} registered | reader | COPY | INSERT | floor | whole | ratio | rows/s | MB")
    with running("importer.worker", environment, stack.ports.transient()) as worker:
        for number, rows in enumerate(ROWS):
            path, target = book(rows, number * 1_000_000), application("unit-a", f"NO-{number}")
            reading = timed(lambda path=path: read_alone(path))  # type: ignore[misc]  # bound now
            loading, inserting = bare_load(database, path, references, rule_set(), number + 1)
            with peak_of(worker.pid) as peak:
                began = time.perf_counter()
                import_id = queued(target, path)
                until(lambda one=import_id: row_of(import_run, id=one)["error_key"], 900)  # type: ignore[misc]
                whole = time.perf_counter() - began
            run = row_of(import_run, id=import_id)
            assert (run["failed"], run["read"]) == (len(range(0, rows, FAULTY)), rows)
            floor = reading + loading + inserting
            ratio = whole / floor
            say(
                f"{rows:,} | {reading:.1f} | {loading:.1f} | {inserting:.1f} | {floor:.1f} | {whole:.1f} | {ratio:.2f} "
                f"| {rows / whole:,.0f} | {peak['mb']}"
            )
            assert rows < BAR_ROWS or ratio <= BAR
    small = book(OPENPYXL_ROWS, 50_000_000)
    say(f"openpyxl alone, {OPENPYXL_ROWS:,} rows: {timed(lambda: openpyxl_alone(small)):.1f} s")


def openpyxl_alone(path: Path) -> None:
    workbook = openpyxl.load_workbook(path, read_only=True)
    for _ in workbook["气瓶信息"].iter_rows(values_only=True):
        pass
    workbook.close()


def say(line: str) -> None:
    sys.stdout.write(f"| {line} |\n")
    sys.stdout.flush()

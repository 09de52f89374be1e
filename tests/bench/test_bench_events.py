"""``make bench-events``: from the commit of an outbox row to its handler, and how many events a second get there.

A service, its relay and the broker as in production; the handler is the one of the chassis' probe: it adds one to a
counter. When it ran is read from the line of the log that it writes just before its commit. BENCH_EVENTS chooses
another number of events.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from tests.fixtures.processes import running, until
from tests.fixtures.servers import run_migrations

from chassis.audit import Actor
from chassis.database import Database
from local_stack.isolation import fresh_environment

PROGRAMS = Path(__file__).parents[2] / "libs" / "chassis" / "tests" / "programs"
EVENTS = int(os.environ.get("BENCH_EVENTS", "5000"))
PACED, EACH_S = 500, 0.02
IN_ONE_COMMIT = 100


@pytest.fixture
def environment(servers: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The probe's, with a migrated database."""
    monkeypatch.syspath_prepend(PROGRAMS)
    with fresh_environment(servers.stack, "identity") as made:
        run_migrations("chassis_probe", made)
        yield made | {"PYTHONPATH": os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])}


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    made = Database(environment["DATABASE_URL"], "identity")
    yield made
    made.engine.dispose()


@pytest.fixture
def log(environment: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """What the running service logs."""
    path = tmp_path / "log"
    port = int(environment["HEALTH_PORT"])
    with path.open("ab") as opened, running("chassis_probe", environment, port, log=opened):
        yield path


def emit(database: Database, names: list[str]) -> float:
    """The events of so many streams in one commit; the moment in which it is done."""
    from chassis_probe.service import Counted

    with database.changing(Actor("a-1", "unit")) as change:
        for name in names:
            change.emit(Counted(application_id=name, name=name))
    return time.time()


def taken(log: Path) -> dict[str, float]:
    """When the handler ran, by the name of the event."""
    lines = [
        json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if '"event taken"' in line
    ]
    return {
        each["aggregate"].partition(":")[2]: datetime.fromisoformat(each["timestamp"]).timestamp()
        for each in lines
    }


def paced(database: Database, log: Path) -> tuple[float, float]:
    """p50 and p99 in milliseconds of events that come one by one."""
    emitted = {}
    for number in range(PACED):
        emitted[f"p{number}"] = emit(database, [f"p{number}"])
        time.sleep(EACH_S)
    until(lambda: len(taken(log)) >= PACED, 60)
    heard = taken(log)
    waits = quantiles([1000 * (heard[name] - at) for name, at in emitted.items()], n=100)
    return waits[49], waits[98]


def backlog(database: Database, log: Path, relay: Any) -> float:
    """Events a second that reach their handlers, of a backlog that waits when the relay starts."""
    names = [f"b{number}" for number in range(EVENTS)]
    for first in range(0, EVENTS, IN_ONE_COMMIT):
        emit(database, names[first : first + IN_ONE_COMMIT])
    before = len(taken(log))
    with relay():
        until(lambda: len(taken(log)) >= before + EVENTS, 300)
    moments = [at for name, at in taken(log).items() if name.startswith("b")]
    return EVENTS / (max(moments) - min(moments))


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_from_the_outbox_to_the_handler(
    servers: Any, environment: dict[str, str], database: Database, log: Path
) -> None:
    port = servers.stack.ports.transient()

    def relay() -> contextlib.AbstractContextManager[Any]:
        return running("chassis.relay", environment, port)

    with relay():
        p50, p99 = paced(database, log)
    sys.stdout.write(
        f"\n{PACED} events one by one, {1 / EACH_S:.0f} a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms\n"
    )
    rate = backlog(database, log, relay)
    sys.stdout.write(f"{EVENTS} events at once: {rate:.0f} a second reach their handlers\n")

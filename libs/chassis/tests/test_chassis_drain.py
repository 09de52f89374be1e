"""A worker that is told to stop is gone in time, whatever its job does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.fixtures.processes import until

from chassis.audit import Actor
from chassis.database import Database
from chassis.jobs import NewJob
from chassis.tables import job
from chassis.worker import DRAIN_S

PROGRAMS = Path(__file__).parent / "programs"


def test_a_job_that_never_looks_is_handed_back_and_its_worker_ends(probe: dict[str, str]) -> None:
    assert DRAIN_S < 20
    database = Database(probe["DATABASE_URL"], "identity")

    def row() -> Any:
        with database.reading() as session:
            return session.execute(select(job.c.state, job.c.attempt, job.c.owner)).one()

    with database.changing(Actor("a-1", "unit")) as change:
        change.enqueue(NewJob("tally", {}))
    path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
    environment = {**os.environ, **probe, "PYTHONPATH": path}
    process = subprocess.Popen([sys.executable, "-m", "chassis_probe.deaf_worker"], env=environment)
    try:
        until(lambda: row().state == "running")
        process.terminate()
        assert process.wait(10) == 0
        assert tuple(row()) == ("queued", 0, None)
    finally:
        process.kill()
        database.engine.dispose()

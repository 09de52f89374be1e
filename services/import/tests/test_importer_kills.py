"""kill -9 of a worker at random moments of an import: another does it, and the result is the undisturbed one.

KILL_SEED chooses other moments; they are printed (pytest -s).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from chassis import tables as chassis_tables
from chassis.database import Database
from importer.adapters.list_workbook import write_list_workbook
from importer.adapters.tables import import_row, import_run
from importer.domain.references import References

Make = Callable[..., Any]
ROWS, KILLS, FAULTY = 50_000, 10, 40
SEED = int(os.environ.get("KILL_SEED", "20261124"))


@pytest.fixture
def path(tmp_path: Path, references: References) -> Path:
    """A workbook with faults of cells and repeated identities in it."""
    examples = {column.code_name: column.example for column in references.columns}

    def cells() -> Iterator[tuple[str, dict[str, str]]]:
        for i in range(ROWS):
            number = i - 1 if i % 999 == 998 else i
            own = {"serial_no": f"K{number}", "unit_serial_no": f"U{i}", "hollow_code": "", "rfid_no": ""}
            own["qr_url"] = f"https://qr.example.com/k/{i}"
            yield "", examples | own | ({"volume_l": "x"} if i % FAULTY == 0 else {})

    made = tmp_path / "kills.xlsx"
    write_list_workbook(made, cells(), references)
    return made


@pytest.fixture
def result(database: Database, row_of: Make) -> Callable[[uuid.UUID], dict[str, Any]]:
    """Everything that an import left, and then it is as if it had never been."""

    def read(import_id: uuid.UUID) -> dict[str, Any]:
        run = row_of(import_run, id=import_id)
        names = ("state", "read", "imported", "failed", "already", "warned", "codes", "facts")
        with database.engine.begin() as connection:
            failed = connection.execute(
                select(import_row.c.row_no, import_row.c.codes, import_row.c.messages)
                .where(import_row.c.import_id == import_id)
                .order_by(import_row.c.row_no)
            ).all()
            held = connection.execute(
                text(
                    "select count(*), md5(string_agg(identity_digest::text, ',' order by id)) from cylinder where live"
                )
            ).one()
            connection.execute(text("set local statement_timeout = 0"))
            connection.execute(text("delete from cylinder"))
        return {name: run[name] for name in names} | {"rows": failed, "held": tuple(held)}

    return read


def start(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    own = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-m", "importer.worker"], env=environment | own)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_random_moments_the_result_is_the_undisturbed_one(
    application: Make,
    queued: Make,
    environment: dict[str, str],
    database: Database,
    run_all: Make,
    row_of: Make,
    result: Make,
    path: Path,
) -> None:
    began = time.monotonic()
    undisturbed_id = queued(application(number="NO-0"), path)
    run_all()
    longest, undisturbed = time.monotonic() - began, result(undisturbed_id)
    assert undisturbed["state"] == "finished"
    assert undisturbed["failed"] > ROWS // FAULTY
    chance = random.Random(SEED)
    for number in range(1, KILLS + 1):
        import_id = queued(application(number=f"NO-{number}"), path)
        worker = start(environment)
        until = time.monotonic() + 60
        while row_of(import_run, id=import_id)["state"] == "queued":
            assert time.monotonic() < until
            time.sleep(0.01)
        moment = chance.uniform(0, longest)
        sys.stdout.write(f"seed {SEED}, kill {number}: {moment:.2f} s of {longest:.2f} s\n")
        time.sleep(moment)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with database.engine.begin() as connection:  # its lease runs out
            job = chassis_tables.job
            expired = update(job).where(job.c.state == "running").values(lease_until=func.now())
            connection.execute(expired)
        run_all()
        assert result(import_id) == undisturbed, f"kill {number}"

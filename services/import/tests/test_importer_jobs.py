"""Imports as jobs: what they leave behind when they end well, badly, early or at the same time."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select, text, update

from chassis import tables as chassis_tables
from chassis.audit import Actor
from chassis.database import Database
from chassis.worker import Worker
from contracts.errors import AppError
from importer.adapters import scopes
from importer.adapters.staging import Staging
from importer.adapters.tables import counter, cylinder, import_row, import_run, progress, scope
from importer.application.release import want_release
from importer.application.tools import Tools
from importer.domain.codes import FileFault
from importer.domain.rules.rule_set import RuleSet
from importer.worker import IMPORTS, with_tools

Make = Callable[..., Any]
ACTOR = Actor("u-1", "unit")


def held(database: Database, import_id: uuid.UUID | None = None) -> int:
    """How many cylinders hold their identity."""
    with database.reading() as session:
        return session.execute(select(func.count()).where(cylinder.c.live)).scalar_one()


def test_an_import_ends_with_its_counts_its_events_and_its_error_workbook(
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    events: Make,
    numbered: Make,
    tools: Tools,
    tmp_path: Path,
) -> None:
    rows = numbered(range(20))
    rows[3]["volume_l"] = "x"
    rows[4]["serial_no"] = "N0"
    rows[5]["ownership"] = "托管"
    application_id = application()
    import_id = queued(application_id, rows)
    run_all()
    run = row_of(import_run, id=import_id)
    assert [run[name] for name in ("state", "read", "imported", "failed", "already", "warned")] == [
        "finished", 20, 18, 2, 0, 1,
    ]  # fmt: skip
    assert run["codes"] == {"E05": 1, "E09": 1, "W27": 1}
    assert row_of(progress, import_id=import_id) | {"updated_at": None} == {
        "import_id": import_id, "total": 20, "read": 20, "checked": 20, "inserted": 18, "failed": 2, "updated_at": None,
    }  # fmt: skip
    assert events("import.finished") == [
        {
            "application_id": application_id, "import_id": str(import_id), "state": "finished", "imported": 18,
            "failed": 2, "already": 0, "error_workbook": True,
        }
    ]  # fmt: skip
    path = tmp_path / "errors.xlsx"
    tools.storage.get_file(run["error_key"], path)
    sheet = openpyxl.load_workbook(path)["气瓶信息"]
    assert [[cell.value for cell in row] for row in sheet["Z3:AC4"]] == [
        ["公称容积", "E05", "公称容积“x”不是有效数字，请填写数字，小数不超过2位", "6"],
        ["产品编号", "E09", "与本文件第3行重复（制造单位+产品编号+制造年月相同），请删除其中一行", "7"],
    ]
    changed = events("cylinders.changed")
    assert [(e["version"], e["count"], e["variety_group"], e["documents"]) for e in changed] == [
        (1, 18, "2320", {"CUSTODY_AGREEMENT": 1, "ASSESSMENT": 0})
    ]
    table = pq.read_table(io.BytesIO(tools.storage.get(changed[0]["cylinders"]["key"])))
    assert table.column_names == ["cylinder_id", "serial_no", "unit_serial_no"]
    assert table["serial_no"].to_pylist() == [f"N{i}" for i in range(20) if i not in (3, 4)]


def test_the_corrected_error_workbook_imports_and_the_whole_again_is_already_there(
    application: Make, queued: Make, run_all: Make, row_of: Make, numbered: Make, tools: Tools, tmp_path: Path
) -> None:
    rows = numbered(range(6))
    rows[2]["volume_l"] = "x"
    application_id = application()
    run = row_of(import_run, id=done(queued(application_id, rows), run_all))
    path = tmp_path / "errors.xlsx"
    tools.storage.get_file(run["error_key"], path)
    book = openpyxl.load_workbook(path)
    book["气瓶信息"]["P3"] = "35.5"
    book.save(path)
    again = row_of(import_run, id=done(queued(application_id, path), run_all))
    assert [again[name] for name in ("read", "imported", "failed", "already")] == [1, 1, 0, 0]
    whole = row_of(import_run, id=done(queued(application_id, path), run_all))
    assert [whole[name] for name in ("read", "imported", "failed", "already")] == [1, 0, 0, 1]
    assert row_of(counter, version=2)["cylinders"] == 6


def done(import_id: uuid.UUID, run_all: Make) -> uuid.UUID:
    run_all()
    return import_id


def test_a_file_that_cannot_be_imported_ends_with_its_fault_and_leaves_nothing(
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    events: Make,
    tmp_path: Path,
    database: Database,
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"no workbook")
    run = row_of(import_run, id=done(queued(application(), path), run_all))
    assert (run["state"], run["fault"]["code"]) == ("failed", "E40")
    assert run["fault"]["message"] == "文件无法打开，请使用系统下载的模板并保存为.xlsx格式"
    assert [event["state"] for event in events("import.finished")] == ["failed"]
    assert held(database) == 0


def test_a_sheet_broken_in_the_middle_leaves_nothing_of_its_first_rows(
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    numbered: Make,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked = RuleSet.check

    def break_later(self: Any, batch: Any) -> Any:
        if batch["row_no"][0] > 3:
            raise FileFault("E40", "文件无法打开")
        return checked(self, batch)

    monkeypatch.setattr("importer.adapters.workbook_reader.BATCH_ROWS", 500)
    monkeypatch.setattr(RuleSet, "check", break_later)
    run = row_of(import_run, id=done(queued(application(), numbered(range(1200))), run_all))
    assert (run["state"], run["imported"]) == ("failed", 0)
    assert held(database) == 0


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_cancelled_import_leaves_nothing(
    state: str,
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    numbered: Make,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_id = queued(application(), numbered(range(30)))

    def cancel(*_: Any) -> Counter[str]:
        with database.engine.begin() as connection:
            connection.execute(update(import_run).values(state="cancelled"))
        return Counter()

    if state == "queued":
        cancel()
    else:
        monkeypatch.setattr("importer.adapters.naming.keep_rows", cancel)
    run_all()
    run = row_of(import_run, id=import_id)
    assert (run["state"], run["imported"]) == ("cancelled", 0)
    assert held(database) == 0
    assert row_of(chassis_tables.job, id=import_id)["state"] == "done"


def test_a_running_import_notices_between_batches_that_it_was_cancelled(
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    numbered: Make,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importer.adapters.workbook_reader.BATCH_ROWS", 500)
    monkeypatch.setattr("importer.application.progress.EVERY_S", 0.05)
    import_id = queued(application(), numbered(range(1500)))
    add, seen = Staging.add, []

    def slow(self: Any, ok: Any, failed: Any) -> int:
        seen.append(ok.height)
        with database.engine.begin() as connection:
            connection.execute(update(import_run).values(state="cancelled"))
        time.sleep(0.4)
        return add(self, ok, failed)

    monkeypatch.setattr(Staging, "add", slow)
    run_all()
    assert seen == [500]
    assert row_of(import_run, id=import_id)["state"] == "cancelled"
    assert held(database) == 0


def test_a_second_import_into_the_same_application_waits_its_turn(
    application: Make, queued: Make, worker: Worker, database: Database, numbered: Make
) -> None:
    first, mine = application(), application(number="NO-2")
    ids = [
        queued(first, numbered(range(2))),
        queued(first, numbered(range(2, 4))),
        queued(mine, numbered(range(4, 6))),
    ]
    with database.engine.begin() as connection:
        connection.execute(
            update(chassis_tables.job)
            .where(chassis_tables.job.c.id == ids[0])
            .values(state="running", lease_until=text("now() + interval '1 min'"), owner="another")
        )
    assert worker.do_next()
    with database.reading() as session:
        states = dict(session.execute(select(import_run.c.id, import_run.c.state)).all())
    assert [states[import_id] for import_id in ids] == ["queued", "queued", "finished"]


def test_the_same_rows_shuffled_in_two_units_at_once_are_taken_once_each(
    application: Make,
    queued: Make,
    environment: dict[str, str],
    database: Database,
    tools: Tools,
    numbered: Make,
    row_of: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importer.adapters.workbook_reader.BATCH_ROWS", 500)
    rows = numbered(range(2000))
    applications = [application("unit-a", "NO-1"), application("unit-b", "NO-2")]
    imports = []
    for seed, application_id in enumerate(applications):
        mixed = random.Random(seed).sample(rows, len(rows))
        imports.append(queued(application_id, mixed))
    workers = [Worker(database, environment["AMQP_URL"], with_tools(IMPORTS, tools)) for _ in applications]
    threads = [threading.Thread(target=worker.do_next) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    runs = [row_of(import_run, id=import_id) for import_id in imports]
    assert [run["state"] for run in runs] == ["finished", "finished"]
    assert sum(run["imported"] for run in runs) == 2000 == held(database)
    for run in runs:
        assert run["imported"] + run["failed"] == 2000
    with database.reading() as session:
        codes = session.execute(select(import_row.c.codes).distinct()).scalars().all()
    assert codes == [["E28"]]


def test_an_import_whose_worker_is_killed_is_done_again_with_the_same_result(
    application: Make,
    queued: Make,
    environment: dict[str, str],
    database: Database,
    run_all: Make,
    row_of: Make,
    numbered: Make,
) -> None:
    rows = numbered(range(3000))
    rows[7]["volume_l"] = "x"
    import_id = queued(application(), rows)
    with database.engine.begin() as another:
        another.execute(
            text("lock table cylinder in share mode")
        )  # the insert waits: the import is half done
        process = subprocess.Popen([sys.executable, "-m", "importer.worker"], env=environment | paths())
        try:
            wait_until(lambda: row_of(progress, import_id=import_id)["checked"] > 0)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert held(database) == 0
    with database.engine.begin() as connection:  # its lease runs out
        connection.execute(update(chassis_tables.job).values(lease_until=func.now()))
    run_all()
    run = row_of(import_run, id=import_id)
    assert (run["state"], run["imported"], run["failed"], held(database)) == ("finished", 2999, 1, 2999)
    assert row_of(chassis_tables.job, id=import_id)["attempt"] == 2


def paths() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_released_application_frees_its_identities_at_once_also_before_its_job(
    application: Make,
    queued: Make,
    run_all: Make,
    row_of: Make,
    events: Make,
    numbered: Make,
    database: Database,
) -> None:
    rows = numbered(range(50))
    void = application("unit-b", "NO-1")
    done(queued(void, rows), run_all)
    with database.changing(ACTOR) as change:
        want_release(change, void)
        want_release(change, void)
    run = row_of(import_run, id=done(queued(application(), rows), run_all))
    assert (run["imported"], run["failed"]) == (50, 0)
    assert events("cylinders.released") == [{"application_id": void, "all_of_it": True, "count": 50}]
    assert row_of(scope, application_id=void)["release_wanted"] is False


def test_an_import_into_an_application_that_is_over_is_refused(
    application: Make, queued: Make, run_all: Make, row_of: Make, numbered: Make
) -> None:
    import_id = queued(application(state="sealed"), numbered(range(2)))
    run_all()
    run = row_of(import_run, id=import_id)
    assert (run["state"], run["fault"]["code"]) == ("failed", "WRONG_STATE")


def test_a_seal_does_not_wait_for_an_import_that_runs(application: Make, database: Database) -> None:
    application_id = application()
    with database.changing(ACTOR) as importing:
        scopes.lock_to_change(importing.session, application_id)
        begun = time.monotonic()
        with pytest.raises(AppError) as refused, database.changing(ACTOR) as sealing:
            scopes.lock_alone(sealing.session, application_id)
        assert refused.value.code == "IMPORT_RUNNING"
        assert 1.5 < time.monotonic() - begun < 4
    with database.changing(ACTOR) as sealing:
        assert scopes.lock_alone(sealing.session, application_id).is_open

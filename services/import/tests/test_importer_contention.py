"""Several workers at once over the same identities and marks: each is taken once, nobody sees a deadlock."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from chassis.database import Database
from chassis.tables import job
from chassis.worker import Worker
from importer.adapters.tables import cylinder, import_row, import_run
from importer.application.tools import Tools
from importer.worker import IMPORTS, with_tools

Make = Callable[..., Any]
ROWS = 1200
MARKS = ("qr_url", "hollow_code", "rfid_no")


def crossed(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The same cylinders in another order, each kind of mark exchanged among them in an order of its own."""
    mixed = random.Random(seed).sample(rows, len(rows))
    for place, mark in enumerate(MARKS, start=1):
        others = random.Random(seed + 100 * place).sample(rows, len(rows))
        mixed = [row | {mark: other[mark]} for row, other in zip(mixed, others, strict=True)]
    return mixed


def test_four_workers_take_each_identity_and_each_mark_once(
    application: Make,
    queued: Make,
    environment: dict[str, str],
    database: Database,
    tools: Tools,
    numbered: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importer.adapters.workbook_reader.BATCH_ROWS", 500)
    rows = numbered(range(ROWS))
    imports = [
        queued(application(f"unit-{seed % 2}", f"NO-{seed}"), crossed(rows, seed)) for seed in range(4)
    ]
    workers = [Worker(database, environment["AMQP_URL"], with_tools(IMPORTS, tools)) for _ in imports]
    threads = [threading.Thread(target=worker.do_next) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    with database.reading() as session:
        runs = session.execute(select(import_run)).mappings().all()
        live = session.execute(
            select(
                *(func.count(cylinder.c[name].distinct()) for name in ("identity_digest", *MARKS)),
                func.count(),
            ).where(cylinder.c.live)
        ).one()
        told = Counter(
            code for codes in session.execute(select(import_row.c.codes)).scalars() for code in codes
        )
        attempts = session.execute(select(job.c.attempt).where(job.c.kind == "import")).scalars().all()
    assert {run["id"] for run in runs} == set(imports)
    assert [run["state"] for run in runs] == ["finished"] * 4
    assert [run["imported"] + run["failed"] for run in runs] == [ROWS] * 4
    assert set(live) == {sum(run["imported"] for run in runs)}
    assert set(told) - {"W12"} <= {"E28", "E19", "E21", "E31"}
    assert attempts == [1] * 4  # what met crosswise began again inside its job


def test_ten_files_of_one_unit_do_not_hold_up_the_first_of_another(
    application: Make, queued: Make, worker: Worker, database: Database, numbered: Make
) -> None:
    many = [queued(application("unit-a", f"NO-{i}"), numbered(range(i * 2, i * 2 + 2))) for i in range(4)]
    one = queued(application("unit-b", "NO-9"), numbered(range(90, 92)))
    done: list[UUID] = []
    while len(done) < len(many) + 1:
        assert worker.do_next()
        with database.reading() as session:
            ended = select(import_run.c.id).where(import_run.c.state == "finished")
            done += [run for run in session.execute(ended).scalars() if run not in done]
    assert done == [many[0], one, *many[1:]]

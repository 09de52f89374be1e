"""When an import says that it ended: when it did, not when its transaction began."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from chassis.database import Database
from chassis.tables import job
from importer.adapters.tables import import_run
from importer.application import load_workbook, run_import

Make = Callable[..., Any]


def test_an_import_ends_when_its_rows_are_in_and_not_when_its_reading_begins(
    application: Make,
    queued: Make,
    numbered: Make,
    run_all: Make,
    row_of: Make,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded_at: list[Any] = []

    def load(*given: Any) -> load_workbook.Loaded:
        loaded = load_workbook.load(*given)
        with database.reading() as session:
            loaded_at.append(session.execute(select(func.clock_timestamp())).scalar_one())
        return loaded

    monkeypatch.setattr(run_import, "load", load)
    import_id = queued(application(), numbered(range(3)))
    run_all()
    ended = (row_of(import_run, id=import_id), row_of(job, id=import_id))
    assert [row["finished_at"] > loaded_at[0] for row in ended] == [True, True]

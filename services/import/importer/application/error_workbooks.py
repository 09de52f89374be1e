"""The job that writes the error workbook of a finished import."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis import jobs
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from importer.adapters.error_workbook import FailedRow, write_error_workbook
from importer.adapters.tables import import_row, import_run
from importer.application.tools import Tools

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 2000


def write(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Writes the workbook, stores it, and lets the import name it; repeating it stores the same again."""
    import_id = UUID(job.payload["import_id"])
    key = f"importer/error-workbooks/{import_id}.xlsx"
    with tempfile.TemporaryDirectory(prefix="errors-") as folder:
        path = Path(folder) / "errors.xlsx"
        with tools.database.reading() as session:
            codes = session.execute(
                select(import_run.c.codes).where(import_run.c.id == import_id)
            ).scalar_one()
            counts = {code: count for code, count in codes.items() if code.startswith("E")}
            write_error_workbook(path, _rows(session, import_id, keeper), counts, tools.references())
        patiently(lambda: tools.storage.put_file(key, path, XLSX), keeper)
    with tools.database.changing(job.actor) as change:
        change.session.execute(update(import_run).where(import_run.c.id == import_id).values(error_key=key))
        jobs.finish(change.session, job)


def _rows(session: Session, import_id: UUID, keeper: Keeper) -> Iterator[FailedRow]:
    columns = import_row.c
    rows: Any = session.execute(
        select(
            columns.row_no,
            columns.origin_row,
            columns["values"],
            columns.codes,
            columns["columns"],
            columns.messages,
        )
        .where(columns.import_id == import_id)
        .order_by(columns.row_no)
        .execution_options(yield_per=_AT_ONCE)
    )
    for some in rows.partitions():
        keeper.check()
        for row_no, origin, values, codes, names, messages in some:
            yield FailedRow(origin or row_no, values, codes, names, messages)

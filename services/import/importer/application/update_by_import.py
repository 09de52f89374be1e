"""用本文件更新这N只: rows of an import that are here and differ are taken over from the same workbook."""

from __future__ import annotations

from uuid import UUID, uuid5

import polars as pl
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.importer import ImportState, UpdateByImport
from importer.adapters import scopes
from importer.adapters.tables import import_row, import_run
from importer.application import imports
from importer.application.import_rows import NewImport, queue_import
from importer.domain.references import References

_UPDATES = UUID("8b0d6a0e-5f4c-5d0a-9e57-5a9f0c6d7e21")
_NOTHING = "该次导入没有可更新的气瓶：文件与已导入的内容一致，或已经更新过。"


def update_by_import(
    change: Change, request: UpdateByImport, caller: Caller, references: References
) -> ImportState:
    """Queues the update as an import of its own. Raises NOT_FOUND, WRONG_STATE."""
    session, source_id = change.session, imports.id_of(request.import_id)
    source = imports.state_of(session, source_id, caller, references)
    update_id = uuid5(_UPDATES, str(source_id))
    if not imports.exists(session, update_id):
        if not source.updatable:
            raise AppError("WRONG_STATE", _NOTHING)
        scope = scopes.lock_to_change(session, source.application_id)
        row = session.execute(select(import_run).where(import_run.c.id == source_id)).mappings().one()
        same = {name: row[name] for name in ("district_code", "file_name", "size", "object_key")}
        queue_import(change, scope, NewImport(id=update_id, source_id=source_id, **same))
    return imports.state_of(session, update_id, caller, references)


def rows_that_differ(session: Session, import_id: UUID) -> pl.Series:
    """The rows of that import's workbook which are to be taken over."""
    columns = import_row.c
    query = select(columns.row_no).where(columns.import_id == import_id, columns.differs)
    return pl.Series("row_no", session.execute(query).scalars().all(), dtype=pl.Int32)


def forget_offer(session: Session, import_id: UUID) -> None:
    """They were taken over: nothing is left to be."""
    session.execute(update(import_run).where(import_run.c.id == import_id).values(updatable=0))

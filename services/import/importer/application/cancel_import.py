"""Cancelling imports: what is not committed yet will not be."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, update

from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.events import ImportFinished
from contracts.importer import CancelImport, ImportState
from importer.adapters.tables import import_run
from importer.application import imports
from importer.domain.references import References


def cancel_import(
    change: Change, request: CancelImport, caller: Caller, references: References
) -> ImportState:
    """Cancels one import. Raises NOT_FOUND, WRONG_STATE when it has ended."""
    import_id = imports.id_of(request.import_id)
    before = imports.state_of(change.session, import_id, caller, references)
    if not cancel(change, import_run.c.id == import_id, before.application_id):
        raise AppError("WRONG_STATE", "该次导入已经结束，不能再取消；如不需要已导入的气瓶，请在列表中删除。")
    return imports.state_of(change.session, import_id, caller, references)


def cancel(change: Change, which: ColumnElement[bool], application_id: str) -> int:
    """Cancels those of an application's imports that wait or run, and tells of it; gives their number."""
    columns = import_run.c
    cancelled = change.session.execute(
        update(import_run)
        .where(which, columns.state.in_(imports.UNDER_WAY))
        .values(state="cancelled", finished_at=func.now())
        .returning(columns.id)
    ).scalars()
    ids = [str(one) for one in cancelled]
    for one in ids:
        change.note("import.cancelled", f"import:{one}", application_id=application_id)
        change.emit(ImportFinished(application_id=application_id, import_id=one, state="cancelled"))
    return len(ids)

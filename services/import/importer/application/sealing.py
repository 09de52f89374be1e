"""Completeness and the seal of an application's cylinders (design.md, Submission, as a saga)."""

from __future__ import annotations

from sqlalchemy import case, func, update
from sqlalchemy.orm import Session

from chassis.database import Change
from contracts.completeness import CompletenessFault
from contracts.errors import AppError
from contracts.importer import CylindersChecked, SealCylinders, Sealed
from importer.adapters import scopes
from importer.adapters.tables import scope as scope_table
from importer.application import imports
from importer.application.batch_group import batch_group
from importer.application.counters import announce_later, counts_of
from importer.domain.references import References

NO_CYLINDERS = CompletenessFault(
    code="NO_CYLINDERS", message="尚未导入气瓶，请先导入气瓶信息EXCEL后再提交。", count=1
)
IMPORT_RUNNING = CompletenessFault(
    code="IMPORT_RUNNING", message="本批次正在导入，请等导入完成后再提交。", count=1
)
_UNDONE = "该申请的这次提交已撤销或申请已结束，请刷新后查看最新状态。"


def check(session: Session, application_id: str) -> CylindersChecked:
    """What is missing by what is known now; an application that was never heard of has no cylinders."""
    scope = scopes.find(session, application_id)
    if scope is None:
        return CylindersChecked(complete=False, faults=[NO_CYLINDERS])
    counts = counts_of(session, scope.no)
    faults = [] if counts["cylinders"] else [NO_CYLINDERS]
    if imports.is_under_way(session, scope.no):
        faults.append(IMPORT_RUNNING)
    return CylindersChecked(complete=not faults, faults=faults, cylinders_version=counts["version"])


def seal(change: Change, request: SealCylinders, references: References) -> Sealed:
    """Seals for one attempt. Raises IMPORT_RUNNING, WRONG_STATE, NOT_FOUND, INCOMPLETE when nothing is left."""
    session = change.session
    scope = scopes.lock_alone(session, request.application_id)
    if imports.is_under_way(session, scope.no):
        raise AppError("IMPORT_RUNNING")
    counts = counts_of(session, scope.no)
    group = batch_group(session, scope, references)
    if not counts["cylinders"] or group is None:
        raise AppError("INCOMPLETE", faults=[NO_CYLINDERS.model_dump()])
    _seal(change, scope, request.attempt)
    if counts["announced"] < counts["version"]:  # review waits until attachments knows this version
        announce_later(change, scope)
    return Sealed(cylinders_version=counts["version"], count=counts["cylinders"], variety_group=group)


def _seal(change: Change, scope: scopes.Scope, attempt: int) -> None:
    """Writes the seal unless it stands already; the row decides between a seal and its undoing.

    A later attempt seals anew what an earlier one holds: it was taken back, and the event of that is on its way.
    """
    columns = scope_table.c
    may = columns.state.in_(("open", "sealed")) & (columns.sealed_attempt < attempt)
    stands = (columns.state == "sealed") & (columns.sealed_attempt == attempt)
    sealed = change.session.execute(
        update(scope_table)
        .where(columns.no == scope.no, columns.undone_attempt < attempt, may | stands)
        .values(state="sealed", sealed_attempt=attempt)
        .returning(columns.no)
    )
    if sealed.one_or_none() is None:
        raise AppError("WRONG_STATE", _UNDONE)
    change.note("cylinders.sealed", f"application:{scope.application_id}", attempt=attempt)


def unseal(change: Change, application_id: str, attempt: int) -> None:
    """Undoes the seal of one attempt and of those before it, also one that has not come yet.

    Without the lock: an import may run when the seal that is undone was refused for it, and opening harms nobody.
    """
    columns = scope_table.c
    mine = (columns.state == "sealed") & (columns.sealed_attempt <= attempt)
    undone = change.session.execute(
        update(scope_table)
        .where(columns.application_id == application_id, columns.undone_attempt < attempt)
        .values(
            undone_attempt=func.greatest(columns.undone_attempt, attempt),
            state=case((mine, "open"), else_=columns.state),
        )
        .returning(columns.no)
    )
    if undone.one_or_none() is not None:
        change.note("cylinders.unsealed", f"application:{application_id}", attempt=attempt)

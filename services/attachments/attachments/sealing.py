"""Completeness and the seal: what is missing, and from when on nothing may change (design.md section 4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from attachments import scopes, tallies
from attachments.completeness import Fault, PhotoLimits, Tally, document_faults, photo_faults
from attachments.scopes import Scope
from attachments.tables import counter, document, undone_seal
from attachments.tables import scope as scope_table
from chassis.database import Change
from contracts.attachments import CheckPhotos, SealPhotos
from contracts.completeness import Completeness, CompletenessFault
from contracts.errors import AppError

_OVER = "该申请的这次提交已撤销或申请已结束，请刷新后查看最新状态。"


def check(session: Session, request: CheckPhotos, limits: PhotoLimits) -> Completeness:
    """What is missing; an application that was never heard of has no cylinders. Raises BEHIND."""
    scope = scopes.find(session, request.application_id)
    known = 0 if scope is None else _counter(session, scope.no)["version"]
    if known < request.cylinders_version:
        raise AppError("BEHIND")
    faults = photo_faults({}, _nobody, limits) if scope is None else _faults(session, scope, limits)
    return Completeness.of(_told(faults))


def _nobody(_: Sequence[Tally]) -> Sequence[str]:
    return ()


def _faults(session: Session, scope: Scope, limits: PhotoLimits) -> tuple[Fault, ...]:
    def named(faulty: Sequence[Tally]) -> Sequence[str]:
        return tallies.first_labels(session, scope.no, faulty, limits.sample)

    photos = photo_faults(tallies.counts(session, scope.no), named, limits)
    return photos + _document_faults(session, scope.no)


def _document_faults(session: Session, scope_no: int) -> tuple[Fault, ...]:
    columns = document.c
    rows = session.execute(select(columns.kind, columns.state).where(columns.scope_no == scope_no)).all()
    needed = [kind for kind, count in _counter(session, scope_no)["documents"].items() if count]
    present = {kind for kind, state in rows if state == "ready"}
    return document_faults(needed, present, sum(state == "pending" for _, state in rows))


def _counter(session: Session, scope_no: int) -> RowMapping:
    return session.execute(select(counter).where(counter.c.scope_no == scope_no)).mappings().one()


def _told(faults: Sequence[Fault]) -> list[CompletenessFault]:
    return [
        CompletenessFault(code=one.code, message=one.message, count=one.count, sample=list(one.sample))
        for one in faults
    ]


def seal(change: Change, request: SealPhotos, limits: PhotoLimits) -> None:
    """Seals for one attempt. Raises BEHIND, PHOTOS_PENDING, INCOMPLETE with ``faults``, WRONG_STATE."""
    session = change.session
    scope = scopes.lock_alone(session, request.application_id)
    if _undone(session, request.application_id) >= request.attempt:
        raise AppError("WRONG_STATE", _OVER)
    if scope is None:
        raise AppError("BEHIND")
    if scope.state == "sealed" and scope.sealed_attempt == request.attempt:
        return
    if scope.state == "released" or scope.sealed_attempt > request.attempt:
        raise AppError("WRONG_STATE", _OVER)
    if _counter(session, scope.no)["version"] < request.cylinders_version:
        raise AppError("BEHIND")
    _check_complete(_faults(session, scope, limits))
    _write(session, scope, state="sealed", sealed_attempt=request.attempt)
    change.note("photos.sealed", f"application:{scope.application_id}", attempt=request.attempt)


def _check_complete(faults: Sequence[Fault]) -> None:
    if any(fault.code == "PHOTOS_PENDING" for fault in faults):
        raise AppError("PHOTOS_PENDING")
    if faults:
        raise AppError("INCOMPLETE", faults=[fault.model_dump() for fault in _told(faults)])


def unseal(change: Change, application_id: str, attempt: int) -> None:
    """Undoes the seal of one attempt and of those before it, also one that has not come yet. Raises BEHIND."""
    session = change.session
    scope = scopes.lock_alone(session, application_id)
    note = insert(undone_seal).values(application_id=application_id, attempt=attempt)
    highest = func.greatest(undone_seal.c.attempt, note.excluded.attempt)
    session.execute(note.on_conflict_do_update(index_elements=["application_id"], set_={"attempt": highest}))
    if scope is not None and 0 < scope.sealed_attempt <= attempt:
        # No attempt stands any more: officers see nothing, also of an application that is over by now.
        state = "open" if scope.state == "sealed" else scope.state
        _write(session, scope, state=state, sealed_attempt=0)
        change.note("photos.unsealed", f"application:{application_id}", attempt=attempt)


def release(change: Change, application_id: str) -> None:
    """The application is over: nothing may change any more. Its photos stay, for the record."""
    session = change.session
    scope = scopes.find(session, application_id)
    if scope is not None and scope.state != "released":
        _write(session, scope, state="released")
        change.note("photos.released", f"application:{application_id}")


def _undone(session: Session, application_id: str) -> int:
    columns = undone_seal.c
    found = session.execute(select(columns.attempt).where(columns.application_id == application_id)).scalar()
    return 0 if found is None else found


def _write(session: Session, scope: Scope, **values: object) -> None:
    session.execute(update(scope_table).where(scope_table.c.no == scope.no).values(**values))

"""Attempts to submit, as rows: begun, submitted, or undone with both seals taken back (design.md section 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, case, func, insert, select, update
from sqlalchemy.orm import Session

from chassis.audit import Actor
from chassis.database import Database
from contracts.attachments import UnsealPhotos
from contracts.call import SyncTransport
from contracts.importer import UnsealCylinders
from review.adapters.tables import application, submission

UNFINISHED = ("begun", "undoing")
AT_ONCE = 50
UNDOING_PATIENCE_S = 5.0
_COLUMNS = submission.c


def here(application_id: str, attempt: int) -> Any:
    """The condition that names one attempt."""
    return (_COLUMNS.application_id == application_id) & (_COLUMNS.attempt == attempt)


def find(session: Session, application_id: str, attempt: int, *, lock: bool = False) -> RowMapping | None:
    """One attempt."""
    query = select(submission).where(here(application_id, attempt))
    return session.execute(query.with_for_update() if lock else query).mappings().one_or_none()


def last(session: Session, application_id: str) -> RowMapping | None:
    """The newest attempt."""
    query = select(submission).where(_COLUMNS.application_id == application_id)
    return session.execute(query.order_by(_COLUMNS.attempt.desc()).limit(1)).mappings().one_or_none()


def begin(
    session: Session, application_id: str, attempt: int, actor: Actor, operation: str, form: Any
) -> None:
    """Notes a new attempt."""
    row = {"application_id": application_id, "attempt": attempt, "step": "begun", "operation": operation}
    session.execute(insert(submission).values(**row, actor_id=actor.id, actor_role=actor.role, form=form))


def undo(database: Database, rpc: SyncTransport, application_id: str, attempt: int, actor: Actor) -> None:
    """Takes back both seals of an attempt that did not become a submission. Repeatable.

    From its first transaction on, nobody can finish the attempt.
    """
    with database.changing(actor) as change:
        undoing = (
            update(submission)
            .where(here(application_id, attempt), _COLUMNS.step.in_(UNFINISHED))
            .values(step="undoing", touched_at=func.now())
            .returning(_COLUMNS.attempt)
        )
        if change.session.execute(undoing).scalar() is None:
            return
    key = f"{application_id}:{attempt}:unseal"
    rpc.call(UnsealCylinders(application_id=application_id, attempt=attempt), key=key)
    rpc.call(UnsealPhotos(application_id=application_id, attempt=attempt), key=key)
    with database.changing(actor) as change:
        done = update(submission).where(here(application_id, attempt), _COLUMNS.step == "undoing")
        undone = done.values(step="undone", touched_at=func.now()).returning(_COLUMNS.attempt)
        if change.session.execute(undone).scalar() is not None:
            change.note("submission.undone", f"application:{application_id}", attempt=attempt)


def left_behind(database: Database, patience_s: float) -> list[tuple[str, int]]:
    """Attempts that nobody works on any more; they are touched, so that another clock leaves them alone.

    Of one whose undoing was begun nobody waits for an end: it is taken up soon.
    """
    soon = min(patience_s, UNDOING_PATIENCE_S)
    patience = case(
        (_COLUMNS.step == "undoing", timedelta(seconds=soon)), else_=timedelta(seconds=patience_s)
    )
    old = _COLUMNS.touched_at < func.now() - patience
    some = select(_COLUMNS.application_id, _COLUMNS.attempt).where(_COLUMNS.step.in_(UNFINISHED), old)
    with database.engine.begin() as connection:
        rows = connection.execute(some.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        for application_id, attempt in rows:
            touched = update(submission).where(here(application_id, attempt))
            connection.execute(touched.values(touched_at=func.now()))
    return [(application_id, attempt) for application_id, attempt in rows]


def next_attempt(session: Session, application_id: str) -> int:
    """The number of the next attempt; the application's row must be locked."""
    newest = last(session, application_id)
    used = session.execute(
        select(application.c.attempt).where(application.c.id == application_id)
    ).scalar_one()
    return max(int(used), int(newest["attempt"]) if newest else 0) + 1

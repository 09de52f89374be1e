"""Applications as rows: who may see one, how it is locked, how it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.orm import Session

from chassis.access import check_may_see, visible
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.review import Application, ApplicationScope
from review.adapters.tables import application
from review.domain.states import STATE_NAMES, State, allowed_actions

Row = RowMapping
_SHOWN = frozenset(Application.model_fields) - {
    "state_name",
    "deadline",
    "refused",
    "actions",
    "same_person",
}
_SCOPE = frozenset(ApplicationScope.model_fields) - {"application_id"}


def find(session: Session, application_id: str, *, lock: str = "") -> Row | None:
    """The row, if it is there. ``lock``: ``update`` to change it, ``share`` to keep it as it is."""
    query = select(application).where(application.c.id == application_id)
    if lock:
        query = query.with_for_update(read=lock == "share")
    return session.execute(query).mappings().one_or_none()


def require(session: Session, application_id: str, *, lock: str = "") -> Row:
    """The row. Raises NOT_FOUND."""
    found = find(session, application_id, lock=lock)
    if found is None:
        raise AppError("NOT_FOUND")
    return found


def seen_by(session: Session, application_id: str, caller: Caller, *, lock: str = "") -> Row:
    """The row, if the caller may see it: drafts are their unit's alone. Raises NOT_FOUND."""
    row = require(session, application_id, lock=lock)
    check_may_see(caller, row["unit_id"], row["authority_code"])
    if caller.role != "unit" and row["submitted_at"] is None:
        raise AppError("NOT_FOUND")
    return row


def own(caller: Caller) -> ColumnElement[bool]:
    """The condition of a list with the same meaning as ``seen_by``."""
    mine = visible(caller, application.c.unit_id, application.c.authority_code)
    return mine if caller.role == "unit" else mine & application.c.submitted_at.is_not(None)


def check_version(row: Row, version: int) -> None:
    """Raises STALE with the current state and who moved the application there."""
    if row["version"] != version:
        raise AppError(
            "STALE", current=row["state"], current_version=row["version"], moved_by=row["moved_by"]
        )


def last_second(ends_at: datetime | None) -> datetime | None:
    """A deadline as people read it: the end of the due day, 23:59:59, for the exclusive moment that is kept."""
    return None if ends_at is None else ends_at - timedelta(seconds=1)


def shown(row: Row, caller: Caller, same_person: str = "") -> Application:
    """The application with the caller's buttons; ``same_person`` is why the caller may not press them."""
    state = State(row["state"])
    own_fields: dict[str, Any] = {name: row[name] for name in _SHOWN}
    return Application(
        **own_fields,
        state_name=STATE_NAMES[state],
        deadline=last_second(row["deadline"]),
        refused=row["refused_count"],
        same_person=same_person,
        actions=[action.value for action in allowed_actions(state, caller.role, caller.steps)],
    )


def scope_of(row: Row) -> ApplicationScope:
    """What other services need to know."""
    known: dict[str, Any] = {name: row[name] for name in _SCOPE}
    return ApplicationScope(application_id=row["id"], **known)

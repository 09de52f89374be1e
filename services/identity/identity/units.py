"""Using units and their basic data."""

from __future__ import annotations

from sqlalchemy import RowMapping, func, literal, select, update
from sqlalchemy.orm import Session

from chassis.access import visible
from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.identity import ChangeMyUnit, Unit
from identity.tables import unit
from identity.unit_form import checked

# A unit belongs to no authority here: that is the matter of each of its applications.
_NO_AUTHORITY = literal(None)


def get_unit(session: Session, unit_id: str) -> Unit:
    """A unit, for a service. NOT_FOUND."""
    return _as_unit(session.execute(select(unit).where(unit.c.id == unit_id)).mappings().one_or_none())


def get_my_unit(session: Session, caller: Caller) -> Unit:
    """The caller's own unit. NOT_FOUND."""
    query = select(unit).where(visible(caller, unit.c.id, _NO_AUTHORITY))
    return _as_unit(session.execute(query).mappings().one_or_none())


def change_my_unit(change: Change, request: ChangeMyUnit, caller: Caller) -> Unit:
    """Stores what a unit may change of itself; name, credit code and district are the bureau's.

    VALIDATION with every fault at once; STALE with ``current`` (the newest version) when another change came first.
    """
    values = checked(request)
    mine = visible(caller, unit.c.id, _NO_AUTHORITY)
    query = select(unit.c.id, unit.c.version).where(mine).with_for_update()
    found = change.session.execute(query).one_or_none()
    if found is None:
        raise AppError("NOT_FOUND")
    if found.version != request.version:
        raise AppError("STALE", current=found.version)
    version = {"version": found.version + 1, "changed_at": func.now()}
    stored = update(unit).where(unit.c.id == found.id).values(**values, **version).returning(unit)
    changed = _as_unit(change.session.execute(stored).mappings().one())
    change.note("unit.changed", f"unit:{changed.id}", version=changed.version)
    return changed


def _as_unit(row: RowMapping | None) -> Unit:
    if row is None:
        raise AppError("NOT_FOUND")
    return Unit.model_validate(dict(row))

"""Deleting cylinders of a draft: their identities are free with the commit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.orm import Session

from chassis.access import check_may_see
from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.importer import DeleteCylinders, Deleted
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.adapters.tables import counter, cylinder
from importer.application.counters import announce_later
from importer.application.cylinders import matching
from importer.domain.ids import id_number


def delete_cylinders(change: Change, request: DeleteCylinders, caller: Caller) -> Deleted:
    """Deletes those named or those that match; ids of others are passed over. NOT_FOUND, WRONG_STATE, VALIDATION."""
    if (request.ids is None) == (request.filter is None):
        raise AppError("VALIDATION", "请选择要删除的气瓶，或按筛选条件删除，二者选一。")
    known = scopes.find(change.session, request.application_id)
    if known is None:
        raise AppError("NOT_FOUND")
    check_may_see(caller, known.unit_id, known.authority_code)
    scope = scopes.lock_to_change(change.session, request.application_id)
    gone = _delete(change.session, scope, _chosen(request))
    if gone["cylinders"]:
        _uncount(change.session, scope, gone)
        announce_later(change, scope)
        change.note("cylinders.deleted", f"application:{scope.application_id}", count=gone["cylinders"])
    return Deleted(deleted=gone["cylinders"])


def _chosen(request: DeleteCylinders) -> ColumnElement[bool]:
    if request.filter is not None:
        return matching(request.filter)
    numbers = (id_number(one) for one in request.ids or ())
    return cylinder.c.id.in_([number for number in numbers if number is not None])


def _delete(session: Session, scope: Scope, chosen: ColumnElement[bool]) -> Mapping[str, int]:
    """Deletes by the order of their ids, as everybody locks them; gives what the counters lose."""
    columns = cylinder.c
    here = columns.scope_no == scope.no
    locked = select(columns.id).where(here, chosen).order_by(columns.id).with_for_update().cte("locked")
    gone = (
        delete(cylinder)
        .where(here, columns.id.in_(select(locked.c.id)))
        .returning(columns.complete, columns.warnings)
        .cte("gone")
    )
    lost = {
        "cylinders": func.count(),
        "complete": _count(gone.c.complete),
        "custody": _count(gone.c.warnings.contains(["W27"])),
        "assessment": _count(gone.c.warnings.contains(["W22"])),
    }
    return dict(
        session.execute(select(*(value.label(name) for name, value in lost.items()))).mappings().one()
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _uncount(session: Session, scope: Scope, gone: Mapping[str, int]) -> None:
    less = {name: counter.c[name] - count for name, count in gone.items()}
    session.execute(
        update(counter).where(counter.c.scope_no == scope.no).values(version=counter.c.version + 1, **less)
    )

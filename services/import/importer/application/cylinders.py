"""Reading cylinders: the list of an application with its filters, and counts of many applications."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    collate,
    func,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from chassis.access import visible
from chassis.pages import MOST_COUNTED, cursor_of, place_of
from chassis.tokens import Caller
from contracts.call import Page
from contracts.errors import AppError
from contracts.importer import (
    CountCylinders,
    Counts,
    Cylinder,
    CylinderFilter,
    ListCylinders,
    ManyCounts,
)
from importer.adapters.tables import counter, cylinder
from importer.adapters.tables import scope as scope_table
from importer.application.counters import counts_of
from importer.application.cylinder_shown import shown
from importer.application.scope_use import own_scope, readable_scope
from importer.application.tools import Tools
from importer.domain.text import norm_text

_LAST = "\U0010ffff"
_AS_THEY_STAND = ("manufacturer_name", "model", "manufacture_ym")
_ENOUGH = MOST_COUNTED + 1
_SERIAL = collate(cylinder.c.serial_no, "C")
_OWN_SERIAL = collate(cylinder.c.unit_serial_no, "C")


def list_cylinders(request: ListCylinders, caller: Caller, tools: Tools) -> Page[Cylinder]:
    """The cylinders of an application, those that were refused or released too. Raises NOT_FOUND, VALIDATION."""
    with tools.database.reading() as session:
        scope = readable_scope(session, request.application_id, caller)
    if scope is None:
        if caller.role != "unit":
            raise AppError("NOT_FOUND")
        scope = own_scope(tools, request.application_id, caller)
    with tools.database.reading() as session:
        total = _total(session, scope.no, request.filter)
        many = total > MOST_COUNTED
        query = _ordered(request).where(
            cylinder.c.scope_no == scope.no, matching(request.filter, in_order=many)
        )
        rows = session.execute(query.limit(request.limit + 1)).mappings().all()
    here, references = rows[: request.limit], tools.references()
    return Page(
        items=[shown(row, references, with_values=request.with_values) for row in here],
        next_cursor=_cursor(request, here[-1]) if len(rows) > request.limit else None,
        total=min(total, MOST_COUNTED) if _is_counted(request.filter) else total,
        total_capped=_is_counted(request.filter) and total > MOST_COUNTED,
    )


def matching(wanted: CylinderFilter, *, in_order: bool = False) -> ColumnElement[bool]:
    """The condition of a filter: every index of it begins with the application.

    ``in_order`` is for a page of very many: found sooner by going through the list than by collecting them all.
    """
    starts, exactly = _starts(wanted), _exactly(wanted)
    if not starts:
        return exactly
    begins = _begins_anywhere if in_order else _begins
    return and_(exactly, or_(*(begins(*one) for one in starts)))


def _is_counted(wanted: CylinderFilter) -> bool:
    """Whether the counters do not tell how many match."""
    return bool(_starts(wanted)) or any(getattr(wanted, name) for name in _AS_THEY_STAND)


def _exactly(wanted: CylinderFilter) -> ColumnElement[bool]:
    """The conditions that compare whole values."""
    asked = {name: getattr(wanted, name) for name in _AS_THEY_STAND}
    same = (cylinder.c[name] == value for name, value in asked.items() if value)
    return and_(_with_photos(wanted), *same)


def _with_photos(wanted: CylinderFilter) -> ColumnElement[bool]:
    if wanted.has_photos is None:
        return true()
    return cylinder.c.complete if wanted.has_photos else ~cylinder.c.complete


def _starts(wanted: CylinderFilter) -> list[tuple[ColumnElement[Any], str]]:
    """What 产品编号 or 单位内编号 begins with; nothing when that is not asked."""
    q = norm_text(wanted.q)
    return [(_SERIAL, q.replace(" ", "").upper()), (_OWN_SERIAL, q)] if q else []


def _begins(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    """As a range, so that an index serves it whatever the characters are."""
    return and_(column >= start, column < start + _LAST)


def _begins_anywhere(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    """The same, by no index."""
    return func.starts_with(column, start)


def _ordered(request: ListCylinders) -> Select[Any]:
    columns = cylinder.c
    if request.sort == "row":
        after = place_of(request.cursor, (int,))
        query = select(cylinder).order_by(columns.id)
        return query if after is None else query.where(columns.id > after[0])
    after = place_of(request.cursor, (str, int))
    query = select(cylinder).order_by(_SERIAL, columns.id)
    return query if after is None else query.where(tuple_(_SERIAL, columns.id) > tuple_(*after))


def _cursor(request: ListCylinders, last: RowMapping) -> str:
    place = (last["id"],) if request.sort == "row" else (last["serial_no"], last["id"])
    return cursor_of(*place)


def _total(session: Session, scope_no: int, wanted: CylinderFilter) -> int:
    """From the counters; what they do not tell is counted, to one more than is told."""
    if _is_counted(wanted):
        here = and_(cylinder.c.scope_no == scope_no, _exactly(wanted))
        among = [_begins(*one) for one in _starts(wanted)] or [true()]
        found = [select(select(cylinder.c.id).where(here, one).limit(_ENOUGH).subquery()) for one in among]
        return session.execute(select(func.count()).select_from(union(*found).subquery())).scalar_one()
    counts = counts_of(session, scope_no)
    if wanted.has_photos is None:
        return int(counts["cylinders"])
    return int(counts["complete"] if wanted.has_photos else counts["cylinders"] - counts["complete"])


def count_cylinders(request: CountCylinders, caller: Caller, tools: Tools) -> ManyCounts:
    """The counts of those applications that the caller may see."""
    columns = counter.c
    query = (
        select(scope_table.c.application_id, columns.cylinders, columns.complete, columns.refused)
        .join(counter, columns.scope_no == scope_table.c.no)
        .where(
            scope_table.c.application_id.in_(request.application_ids),
            visible(caller, scope_table.c.unit_id, scope_table.c.authority_code),
        )
    )
    if caller.role != "unit":  # drafts are their unit's alone
        stands = scope_table.c.sealed_attempt > scope_table.c.undone_attempt
        query = query.where(scope_table.c.state != "open", stands)
    with tools.database.reading() as session:
        rows = session.execute(query).all()
    return ManyCounts(
        counts={
            row.application_id: Counts(cylinders=row.cylinders, with_photos=row.complete, refused=row.refused)
            for row in rows
        }
    )

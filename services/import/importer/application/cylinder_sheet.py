"""One cylinder with all its columns, and its neighbours in a filtered list."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, select
from sqlalchemy.orm import Session

from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.importer import Counts, CylinderFilter, CylinderSheet, GetCylinder
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.adapters.tables import ROW_BITS, cylinder, import_run
from importer.application.counters import counts_of
from importer.application.cylinder_shown import shown
from importer.application.cylinders import matching
from importer.application.scope_use import readable_scope
from importer.application.tools import Tools
from importer.domain.ids import id_number
from importer.domain.references import References


class Found(NamedTuple):
    """A cylinder with the scope of its application."""

    scope: Scope
    row: RowMapping


def get_cylinder(request: GetCylinder, caller: Caller, tools: Tools) -> CylinderSheet:
    """The cylinder as its unit and its officers see it. Raises NOT_FOUND."""
    with tools.database.reading() as session:
        found = find_cylinder(session, request.cylinder_id, caller)
        return sheet_of(session, found, tools.references(), request.filter)


def find_cylinder(session: Session, cylinder_id: str, caller: Caller) -> Found:
    """The cylinder for a reader. Raises NOT_FOUND."""
    number = id_number(cylinder_id)
    scope = _scope(session, number, caller)
    here = and_(cylinder.c.scope_no == scope.no, cylinder.c.id == number)
    row = session.execute(select(cylinder).where(here)).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND")
    return Found(scope, row)


def sheet_of(session: Session, found: Found, references: References, wanted: CylinderFilter) -> CylinderSheet:
    """The cylinder with its neighbours of a filter."""
    scope, row = found
    counts = counts_of(session, scope.no)
    before, after = _neighbours(session, scope.no, row["id"], wanted)
    return CylinderSheet(
        application_id=scope.application_id,
        application_no=scope.application_no,
        open=scope.is_open,
        editable=scope.is_open and row["live"],
        counts=Counts(
            cylinders=counts["cylinders"], with_photos=counts["complete"], refused=counts["refused"]
        ),
        cylinder=shown(row, references, with_values=True),
        previous_id=before,
        next_id=after,
    )


def _scope(session: Session, number: int | None, caller: Caller) -> Scope:
    """The number of the import stands in the id of its cylinders, and an import belongs to one application."""
    query = select(import_run.c.scope_no).where(import_run.c.seq == (number or 0) >> ROW_BITS)
    no = session.execute(query).scalar()
    if no is None:
        raise AppError("NOT_FOUND")
    scope = readable_scope(session, scopes.find_by_no(session, no).application_id, caller)
    if scope is None:
        raise AppError("NOT_FOUND")
    return scope


def _neighbours(
    session: Session, scope_no: int, number: int, wanted: CylinderFilter
) -> tuple[str | None, str | None]:
    """The nearest ones before and behind; behind the last comes the first again."""
    among = and_(cylinder.c.scope_no == scope_no, matching(wanted, in_order=True))
    column = cylinder.c.id
    before = _nearest(session, and_(among, column < number), column.desc())
    after = _nearest(session, and_(among, column > number), column.asc())
    return before, after or _nearest(session, and_(among, column < number), column.asc())


def _nearest(session: Session, among: ColumnElement[bool], order: ColumnElement[int]) -> str | None:
    found = session.execute(select(cylinder.c.id).where(among).order_by(order).limit(1)).scalar()
    return None if found is None else str(found)

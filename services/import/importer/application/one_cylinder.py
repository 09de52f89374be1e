"""One cylinder by its id: reading it with all its cells, and finding it for a change."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from chassis.access import check_may_see
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.importer import CylinderDetail, GetCylinder
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.adapters.tables import ROW_BITS, cylinder, import_run
from importer.application.cells_of import cells_of
from importer.application.cylinders import cylinder_of
from importer.application.tools import Tools
from importer.domain.ids import id_number
from importer.domain.references import References


class Found(NamedTuple):
    """A cylinder with the scope of its application."""

    scope: Scope
    row: RowMapping


def get_cylinder(request: GetCylinder, caller: Caller, tools: Tools) -> CylinderDetail:
    """One cylinder with all its cells. Raises NOT_FOUND, also for an officer while it is a draft's."""
    with tools.database.reading() as session:
        found = find_cylinder(session, request.cylinder_id, caller)
    if caller.role != "unit" and not found.scope.was_submitted:
        raise AppError("NOT_FOUND")
    return detail_of(found, tools.references())


def find_cylinder(session: Session, cylinder_id: str, caller: Caller) -> Found:
    """The cylinder of a caller who may see its application. Raises NOT_FOUND."""
    number = id_number(cylinder_id)
    scope_no = None if number is None else _scope_no(session, number)
    if scope_no is None:
        raise AppError("NOT_FOUND")
    scope = scopes.find_by_no(session, scope_no)
    check_may_see(caller, scope.unit_id, scope.authority_code)
    these = (cylinder.c.scope_no == scope_no) & (cylinder.c.id == number)
    row = session.execute(select(cylinder).where(these)).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND")
    return Found(scope, row)


def detail_of(found: Found, references: References) -> CylinderDetail:
    """The cylinder as the contract tells it."""
    shown_fields: dict[str, Any] = cylinder_of(found.row, references).model_dump()
    return CylinderDetail(
        **shown_fields,
        application_id=found.scope.application_id,
        values=cells_of(dict(found.row), references),
        editable=found.scope.is_open and found.row["live"],
    )


def _scope_no(session: Session, number: int) -> int | None:
    """A cylinder's id begins with the number of the import that brought it."""
    of_import = import_run.c.seq == number >> ROW_BITS
    return session.execute(select(import_run.c.scope_no).where(of_import)).scalar()

"""修改: one row of a draft, by the rules of the import and the same indexes. Photos stay."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import polars as pl
from psycopg.errors import UniqueViolation
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError, FieldFault
from contracts.importer import CylinderFilter, CylinderSheet, EditCylinder
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.adapters.tables import counter, cylinder
from importer.adapters.tables import scope as scope_table
from importer.application import imports
from importer.application.cells_of import cells_of
from importer.application.counters import announce_later
from importer.application.cylinder_sheet import Found, find_cylinder, sheet_of
from importer.application.tools import Tools
from importer.domain.collisions import Collisions, Holder
from importer.domain.columns import EXTRA_HEADINGS, SEQUENCE
from importer.domain.references import References
from importer.domain.rules.rule_set import RuleSet

_IDENTITY = "identity_digest"
_MARKS = (("E19", "qr_url"), ("E21", "hollow_code"), ("E31", "rfid_no"))
_DOCUMENTS = {"W27": "custody", "W22": "assessment"}


def edit_cylinder(change: Change, request: EditCylinder, caller: Caller, tools: Tools) -> CylinderSheet:
    """Corrects it. Raises NOT_FOUND, WRONG_STATE, IMPORT_RUNNING, STALE, VALIDATION with a fault for each code."""
    session, references = change.session, tools.references()
    known = find_cylinder(session, request.cylinder_id, caller)
    scope = scopes.lock_to_change(session, known.scope.application_id)
    if imports.is_under_way(session, scope.no):
        raise AppError("IMPORT_RUNNING")
    these = (cylinder.c.scope_no == scope.no) & (cylinder.c.id == known.row["id"]) & cylinder.c.live
    row = session.execute(select(cylinder).where(these).with_for_update()).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND")
    _check_as_seen(cells_of(dict(row), references), request.was)
    new = _checked(session, scope, row, request.values, tools)
    faults = _held(session, scope, row["id"], new, references)
    if not faults:
        try:
            with session.begin_nested():
                session.execute(update(cylinder).where(these).values(**new))
        except IntegrityError as clash:
            if not isinstance(clash.orig, UniqueViolation):
                raise
            faults = _held(session, scope, row["id"], new, references)  # another took it in this moment
    if faults:
        raise _refusal(faults)
    _tell(change, scope, row, new)
    changed = session.execute(select(cylinder).where(these)).mappings().one()
    return sheet_of(session, Found(scope, changed), references, CylinderFilter())


def _check_as_seen(cells: dict[str, str], was: dict[str, str]) -> None:
    """Raises STALE when a cell is another than the person saw."""
    current = {name: cells[name] for name, seen in was.items() if cells.get(name, seen) != seen}
    if current:
        raise AppError("STALE", "该气瓶刚才已由其他人修改，您的修改没有保存。", current=current)


def _checked(
    session: Session, scope: Scope, row: Any, values: dict[str, str], tools: Tools
) -> dict[str, Any]:
    """The corrected row as it is stored. Raises VALIDATION."""
    references = tools.references()
    unknown = sorted(set(values) - set(references.by_name) | ({SEQUENCE} & set(values)))
    if unknown:
        raise AppError("VALIDATION", f"没有这些列：{'、'.join(unknown)}，请刷新页面后重试。")
    rules = RuleSet(
        references,
        today=tools.today(),
        registration_reason=scope.registration_reason,
        batch_group=_group_of_others(session, scope, row["id"], references),
    )
    checked = rules.check(_batch(cells_of(row, references) | values))
    if checked.failed.height:
        failed = checked.failed.row(0, named=True)
        told = zip(failed["columns"], failed["codes"], failed["messages"], strict=True)
        raise _refusal([fault for fault in told if fault[1].startswith("E")])
    stored = checked.ok.drop("row_no", "origin_row", "system_no").row(0, named=True)
    stored[_IDENTITY] = UUID(bytes=stored[_IDENTITY])
    if "W12" not in stored["warnings"] and _own_number_used(session, row, stored["unit_serial_no"]):
        stored["warnings"] = [*stored["warnings"], "W12"]
    return stored


def _batch(cells: dict[str, str]) -> pl.DataFrame:
    names = ["sequence", *cells, *EXTRA_HEADINGS.values()]
    texts = {name: pl.Series(name, [cells.get(name) or None], dtype=pl.String) for name in names}
    return pl.DataFrame({"row_no": pl.Series([1], dtype=pl.Int32), **texts})


def _group_of_others(session: Session, scope: Scope, cylinder_id: int, references: References) -> str | None:
    """The batch group that the other cylinders set; the only cylinder may change to another."""
    if scope.variety_group:
        return scope.variety_group
    others = (cylinder.c.scope_no == scope.no) & cylinder.c.live & (cylinder.c.id != cylinder_id)
    variety = session.execute(select(cylinder.c.variety_code).where(others).limit(1)).scalar()
    return references.varieties[variety].group if variety else None


def _own_number_used(session: Session, row: Any, number: str) -> bool:
    columns = cylinder.c
    same = columns.live & (columns.unit_key == row["unit_key"]) & (columns.unit_serial_no == number)
    return (
        session.execute(select(columns.id).where(same, columns.id != row["id"]).limit(1)).first() is not None
    )


def _held(
    session: Session, scope: Scope, cylinder_id: int, new: dict[str, Any], references: References
) -> list[tuple[str, str, str]]:
    """Column, code and sentence of every key that another live cylinder holds."""
    collisions = Collisions(references.codes, scope.no, scope.unit_id)
    columns, told = cylinder.c, []
    holder = (
        select(*(scope_table.c["no" if name == "scope_no" else name] for name in Holder._fields), columns.id)
        .join(scope_table, scope_table.c.no == columns.scope_no)
        .where(columns.live, columns.id != cylinder_id)
    )
    same = session.execute(holder.where(columns.identity_digest == new[_IDENTITY])).one_or_none()
    if same is not None:
        told.append(("serial_no", *collisions.of_holder(Holder(*same[:-1]))))
    for code, name in _MARKS:
        if new[name] is None:
            continue
        other = session.execute(holder.where(columns[name] == new[name])).one_or_none()
        if other is not None and (same is None or other.id != same.id):
            told.append((name, code, collisions.of_code(code)))
    return told


def _refusal(faults: list[tuple[str, str, str]]) -> AppError:
    errors = [FieldFault(field=column, code=code, message=message) for column, code, message in faults]
    return AppError(
        "VALIDATION", "修改未保存：" + "；".join(fault.message for fault in errors) + "。", errors=errors
    )


def _tell(change: Change, scope: Scope, before: Any, after: dict[str, Any]) -> None:
    changed = sorted(
        name for name, value in after.items() if name not in (_IDENTITY, "warnings") and before[name] != value
    )
    more = {
        name: counter.c[name] + (int(code in after["warnings"]) - int(code in before["warnings"]))
        for code, name in _DOCUMENTS.items()
    }
    change.session.execute(
        update(counter).where(counter.c.scope_no == scope.no).values(version=counter.c.version + 1, **more)
    )
    announce_later(change, scope)
    change.note(
        "cylinder.edited", f"cylinder:{before['id']}", application_id=scope.application_id, columns=changed
    )

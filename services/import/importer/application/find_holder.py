"""Who holds an identity: what the officers of the authority that E10 and E28 name can see."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from chassis.access import visible
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.importer import FindHolder, Holder
from contracts.review import GetApplicationScope
from importer.adapters.tables import cylinder
from importer.adapters.tables import scope as scope_table
from importer.application.tools import Tools
from importer.domain.cells import Cell
from importer.domain.identity import digest, identity_key
from importer.domain.months import month_text, read_month


def find_holder(request: FindHolder, caller: Caller, tools: Tools) -> Holder:
    """The application, also while it is a draft: the unit that was refused was told to ask here."""
    month = read_month(Cell(request.manufacture_ym)).value
    if month is None:
        raise AppError("VALIDATION", "制造年月无法识别，请按YYYY-MM填写。")
    key = identity_key(request.manufacturer_name, request.serial_no, month_text(month).replace("-", ""))
    columns = scope_table.c
    query = (
        select(
            columns.application_id, columns.application_no, columns.unit_id, columns.state,
            columns.certificate_number, columns.opened_at,
        )
        .join(cylinder, cylinder.c.scope_no == columns.no)
        .where(cylinder.c.identity_digest == UUID(bytes=digest(key)), cylinder.c.live)
        .where(visible(caller, columns.unit_id, columns.authority_code))
    )  # fmt: skip
    with tools.database.reading() as session:
        row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND", "本机关没有占用该气瓶的申请或登记。")
    return Holder(**row, unit_name=_unit_name(tools, row["application_id"]))


def _unit_name(tools: Tools, application_id: str) -> str:
    """The name that the application goes by; the officer is not kept waiting for it."""
    try:
        return tools.rpc.call(GetApplicationScope(application_id=application_id)).unit_name
    except AppError:
        return ""

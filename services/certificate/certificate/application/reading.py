"""Certificates as their unit and their authority see them, and the addresses of their files."""

from __future__ import annotations

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from certificate.adapters.tables import certificate
from certificate.application.tools import Tools
from chassis.access import check_may_see, visible
from chassis.pages import count_up_to, cursor_of, place_of
from chassis.tokens import Caller
from contracts.call import Page
from contracts.certificate import Certificate, GetCertificateFile, ListCertificates
from contracts.errors import AppError
from contracts.files import Link

_FILE_NAMES = {
    "pdf": ("pdf_key", "使用登记证_{number}.pdf"),
    "annex": ("annex_key", "气瓶基本信息汇总表_{number}.xlsx"),
}


def shown(row: RowMapping, tools: Tools) -> Certificate:
    """The certificate as every interface shows it."""
    return Certificate(
        id=row["id"],
        application_id=row["application_id"],
        number=row["number"],
        state=row["state"],
        version=row["version"],
        unit_name=row["holder"]["name"],
        variety_name=row["variety_name"],
        authority_name=row["issuer"]["name"],
        issued_on=row["issued_on"],
        count=row["count"],
        verify_url=tools.settings.verify_url(row["token"]),
        created_at=row["created_at"],
        failed=row["state"] == "pending" and row["build_fault"] is not None,
    )


def one(session: Session, certificate_id: str, caller: Caller) -> RowMapping:
    """The certificate of that id. Raises NOT_FOUND, also for another's."""
    row = (
        session.execute(select(certificate).where(certificate.c.id == certificate_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise AppError("NOT_FOUND")
    check_may_see(caller, row["unit_id"], row["authority_code"])
    return row


def file_link(tools: Tools, request: GetCertificateFile, caller: Caller) -> Link:
    """A short address of the signed PDF or of the annex. Raises PREPARING while they are made."""
    with tools.database.reading() as session:
        row = one(session, request.certificate_id, caller)
    column, file_name = _FILE_NAMES[request.part]
    if not row[column]:
        raise AppError("PREPARING", "证书文件正在生成，请稍后再试。")
    return Link(url=tools.storage.link(row[column], file_name.format(number=row["number"])))


def newest_first(tools: Tools, request: ListCertificates, caller: Caller) -> Page[Certificate]:
    """One page of the caller's own certificates. Raises VALIDATION for a cursor that is none."""
    theirs = visible(caller, certificate.c.unit_id, certificate.c.authority_code)
    if request.application_id is not None:
        theirs &= certificate.c.application_id == request.application_id
    place = place_of(request.cursor, (int,))
    after = [] if place is None else [certificate.c.no < place[0]]
    query = (
        select(certificate).where(theirs, *after).order_by(certificate.c.no.desc()).limit(request.limit + 1)
    )
    with tools.database.reading() as session:
        rows = list(session.execute(query).mappings())
        total, capped = count_up_to(session, certificate, theirs)
    items = [shown(row, tools) for row in rows[: request.limit]]
    more = len(rows) > request.limit
    return Page(
        items=items,
        next_cursor=cursor_of(rows[request.limit - 1]["no"]) if more else None,
        total=total,
        total_capped=capped,
    )

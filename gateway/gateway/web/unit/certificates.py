"""证书下载 (ui.md section 5.9)."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Response

from contracts.certificate import GetCertificateFile, ListCertificates
from gateway.links import redirect
from gateway.parameters import EmptyIsNone, Id, Pages
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/u")
Only = Annotated[str | None, EmptyIsNone, Query(max_length=64)]


@router.get("/certificates", operation_id="unitCertificatesPage")
async def certificates_page(web: Browser, paging: Pages, application_id: Only = None) -> Response:
    """The newest first, or those of one application."""
    page = await web.ask(
        ListCertificates(application_id=application_id, limit=paging.limit, cursor=paging.cursor)
    )
    kept = {"application_id": application_id} if application_id else {}
    more = urlencode({**kept, "cursor": page.next_cursor})
    return web.render(
        "unit/certificates.html",
        page=page,
        only=application_id,
        first=f"/u/certificates?{urlencode(kept)}" if paging.cursor else None,
        further=f"/u/certificates?{more}" if page.next_cursor else None,
    )


@router.get("/certificates/{certificate_id}/file", operation_id="unitCertificateFile")
async def certificate_file(web: Browser, certificate_id: Id) -> Response:
    """The signed PDF."""
    return await _file(web, certificate_id, "pdf")


@router.get("/certificates/{certificate_id}/annex", operation_id="unitCertificateAnnex")
async def certificate_annex(web: Browser, certificate_id: Id) -> Response:
    """汇总表 as EXCEL."""
    return await _file(web, certificate_id, "annex")


async def _file(web: Web, certificate_id: str, part: Literal["pdf", "annex"]) -> Response:
    return redirect(await web.ask(GetCertificateFile(certificate_id=certificate_id, part=part)))

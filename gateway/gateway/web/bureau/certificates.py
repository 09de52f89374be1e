"""Certificates of the bureau (ui.md section 6.9)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from contracts.certificate import GetCertificateFile, ListCertificates
from gateway.links import redirect
from gateway.parameters import EmptyIsNone, Id, Pages, Short
from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages("/b")


@router.get("/certificates", operation_id="bureauCertificatesPage")
async def bureau_certificates(
    web: Browser, paging: Pages, application_id: Annotated[Short | None, EmptyIsNone] = None
) -> Response:
    """Those of the authority (or of one application), the newest first."""
    call = ListCertificates(application_id=application_id, limit=paging.limit, cursor=paging.cursor)
    return web.render(
        "bureau/certificates.html",
        page=await web.ask(call),
        application_id=application_id or "",
        cursor=paging.cursor,
    )


@router.get("/certificates/{certificate_id}/file", operation_id="bureauCertificateFile")
async def bureau_certificate_file(web: Browser, certificate_id: Id) -> Response:
    """下载证书（PDF，含气瓶清单）."""
    return redirect(await web.ask(GetCertificateFile(certificate_id=certificate_id, part="pdf")))


@router.get("/certificates/{certificate_id}/annex", operation_id="bureauCertificateAnnex")
async def bureau_certificate_annex(web: Browser, certificate_id: Id) -> Response:
    """下载气瓶清单（EXCEL）."""
    return redirect(await web.ask(GetCertificateFile(certificate_id=certificate_id, part="annex")))

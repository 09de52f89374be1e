"""Certificates and their files."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import RedirectResponse

from contracts.call import Page
from contracts.certificate import Certificate, GetCertificate, GetCertificateFile, ListCertificates
from gateway.asker import Ask
from gateway.links import REDIRECT, redirect
from gateway.parameters import EmptyIsNone, Id, Pages, Short
from gateway.routing import resource

router = resource("使用登记证")
OfApplication = Annotated[Short | None, EmptyIsNone, Query(description="只列这个申请的证书")]


@router.get("/certificates", operation_id="listCertificates", summary="证书列表")
async def list_certificates(
    ask: Ask, pages: Pages, application_id: OfApplication = None
) -> Page[Certificate]:
    """Those of the caller's unit or authority, the newest first."""
    call = ListCertificates(application_id=application_id, limit=pages.limit, cursor=pages.cursor)
    return await ask.ask(call)


@router.get("/certificates/{certificate_id}", operation_id="getCertificate", summary="查看证书")
async def get_certificate(certificate_id: Id, ask: Ask) -> Certificate:
    """One certificate."""
    return await ask.ask(GetCertificate(certificate_id=certificate_id))


@router.get(
    "/certificates/{certificate_id}/file",
    status_code=302,
    response_class=RedirectResponse,
    responses=REDIRECT,
    operation_id="getCertificateFile",
    summary="下载证书（PDF，含气瓶清单）",
)
async def get_file(certificate_id: Id, ask: Ask) -> RedirectResponse:
    """The signed PDF. PREPARING while it is made."""
    return redirect(await ask.ask(GetCertificateFile(certificate_id=certificate_id, part="pdf")))


@router.get(
    "/certificates/{certificate_id}/annex",
    status_code=302,
    response_class=RedirectResponse,
    responses=REDIRECT,
    operation_id="getCertificateAnnex",
    summary="下载气瓶清单（EXCEL）",
)
async def get_annex(certificate_id: Id, ask: Ask) -> RedirectResponse:
    """All cylinders of the certificate. PREPARING while it is made."""
    return redirect(await ask.ask(GetCertificateFile(certificate_id=certificate_id, part="annex")))

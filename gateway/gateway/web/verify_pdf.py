"""核验手中的 PDF 文件 (ui.md section 4.6): the file is checked and not kept; no script, no cookie."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse

from contracts.errors import AppError
from gateway.api.public import PdfVerdict, check_pdf
from gateway.asker import Ask
from gateway.routing import CheckedRoute
from gateway.web.verify import AWAY, Band, verdict_page

router = APIRouter(route_class=CheckedRoute, tags=["证书核验"])
PATH = "/verify/pdf"
TEMPLATE = "public/verify_pdf.html"
GOOD, RENEWED, VOID = (
    ("ok", "check", "文件有效"),
    ("info", "renew", "已有新版"),
    ("void", "ban", "证书已作废"),
)
UNTRUE, UNPROVEN = ("void", "ban", "不是有效的证书文件"), ("none", "question", "不能证明")


@router.get(PATH, response_class=HTMLResponse, operation_id="verifyPdfPage", summary="核验PDF文件页面")
async def pdf_page(request: Request) -> HTMLResponse:
    """The form."""
    return verdict_page(request, TEMPLATE, 200, band=None, verdict=None, fault="")


@router.post(PATH, response_class=HTMLResponse, operation_id="verifyPdf", summary="核验PDF文件（页面）")
async def verify_pdf(
    request: Request, ask: Ask, file: Annotated[UploadFile | None, File()] = None
) -> HTMLResponse:
    """What the check found; a refused file brings the form back with the reason."""
    if file is None or not file.filename:
        return _refused(request, "请先选择一个 PDF 文件。", 422)
    try:
        verdict = await check_pdf(request, file, ask)
    except AppError as refusal:
        if refusal.status >= 500:
            return verdict_page(request, TEMPLATE, 503, band=AWAY, verdict=None, fault="")
        answer = _refused(request, refusal.detail, refusal.status)
        if "retry_after" in refusal.extra:
            answer.headers["Retry-After"] = str(refusal.extra["retry_after"])
        return answer
    return verdict_page(request, TEMPLATE, 200, band=band_of(verdict), verdict=verdict, fault="")


def band_of(verdict: PdfVerdict) -> Band:
    """The service's own sentence under the word that fits it."""
    if not (verdict.intact and verdict.trusted):
        look = UNTRUE
    elif not verdict.ours or verdict.state not in {"valid", "superseded", "voided"}:
        look = UNPROVEN
    elif verdict.state == "voided":
        look = VOID
    else:
        look = GOOD if verdict.latest and verdict.state == "valid" else RENEWED
    return Band(*look, verdict.message)


def _refused(request: Request, fault: str, status: int) -> HTMLResponse:
    return verdict_page(request, TEMPLATE, status, band=None, verdict=None, fault=fault)

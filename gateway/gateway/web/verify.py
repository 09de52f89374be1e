"""The page behind the QR code of a certificate (ui.md section 4.6): no script, no cookie, no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from contracts.certificate import CylinderInCertificate, Verification
from contracts.errors import AppError
from contracts.moments import in_shanghai
from gateway.api.public import cylinder_in, verification
from gateway.asker import Ask, Asker
from gateway.routing import CheckedRoute
from gateway.web.rendering import renderer

router = APIRouter(route_class=CheckedRoute, tags=["证书核验"])
SerialNo = Annotated[str, Query(max_length=60, description="产品编号")]


@dataclass(frozen=True)
class Band:
    """The coloured band with the result: style, icon, word, sentence."""

    style: str
    icon: str
    word: str
    sentence: str


VALID = Band("ok", "check", "有效", "与登记机关的发证记录一致")
SUPERSEDED = Band("info", "renew", "已变更，请看新版", "本证已由新版证书代替，请向持证单位索取新版")
VOIDED = Band("void", "ban", "已作废", "本证不再有效")
UNKNOWN = Band("none", "question", "查无此证", "登记机关没有这张证书的记录")
AWAY = Band("away", "alert", "暂时无法核验", "请稍后再试，不代表证书无效")
BANDS = {"valid": VALID, "superseded": SUPERSEDED, "voided": VOIDED}


@router.get("/verify/{token}", response_class=HTMLResponse, operation_id="verifyPage", summary="证书核验页面")
async def verify_page(token: str, request: Request, ask: Ask, serial_no: SerialNo = "") -> HTMLResponse:
    """The result for a person with a phone in hand; 404 when there is no such certificate, 503 when we can't tell."""
    serial = serial_no.strip()
    try:
        facts = await verification(ask, token)
        found = await _found(ask, request, token, serial) if facts.state == "valid" else None
    except AppError as refusal:
        band = UNKNOWN if refusal.status in {404, 422} else AWAY
        return _page(request, band, 404 if band is UNKNOWN else 503)
    if isinstance(found, AppError):
        return _too_often(_page(request, BANDS[facts.state], found.status, facts, None, serial, found), found)
    return _page(request, BANDS[facts.state], 200, facts, found, serial)


async def _found(
    asker: Asker, request: Request, token: str, serial_no: str
) -> CylinderInCertificate | AppError | None:
    """The answer, or why it has to wait: the facts of the certificate stand on the page all the same."""
    if not serial_no:
        return None
    try:
        return await cylinder_in(asker, request, token, serial_no)
    except AppError as refusal:
        if refusal.status != 429:
            raise
        return refusal


def _too_often(page: HTMLResponse, refusal: AppError) -> HTMLResponse:
    page.headers["Retry-After"] = str(refusal.extra["retry_after"])
    return page


def _page(
    request: Request,
    band: Band,
    status: int,
    facts: Verification | None = None,
    found: CylinderInCertificate | None = None,
    serial_no: str = "",
    refusal: AppError | None = None,
) -> HTMLResponse:
    return verdict_page(
        request,
        "public/verify.html",
        status,
        band=band,
        facts=facts,
        found=found,
        serial_no=serial_no,
        refusal=refusal,
    )


def verdict_page(request: Request, template: str, status: int, **content: Any) -> HTMLResponse:
    """A page of verification: whose host it should be, and when it was made."""
    host = urlsplit(request.app.state.base_url).netloc
    return renderer(request).page(
        template, status, host=host, checked_at=in_shanghai(datetime.now(UTC)), **content
    )

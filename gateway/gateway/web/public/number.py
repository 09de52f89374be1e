"""证书核验 by a typed number (ui.md section 4.6): no script, no cookie; a picture code keeps programs from counting."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from contracts.certificate import FindCertificate, Verification
from contracts.errors import AppError
from contracts.identity import CheckCaptcha
from gateway.api.captchas import picture
from gateway.asker import Ask, Asker
from gateway.routing import CheckedRoute
from gateway.web.verify import AWAY, BANDS, UNKNOWN, Band, verdict_page

router = APIRouter(route_class=CheckedRoute, tags=["证书核验"])
LONGEST = 40
Number = Annotated[str, Query(description="登记证编号")]
Typed = Annotated[str, Form()]


@router.get("/verify", response_class=HTMLResponse, operation_id="verifyNumberPage", summary="按编号核验页面")
async def number_page(request: Request, ask: Ask, number: Number = "") -> HTMLResponse:
    """The form with a picture code; 503 while none can be had."""
    return await _form(request, ask, number.strip()[:LONGEST])


@router.post("/verify", response_class=HTMLResponse, operation_id="verifyNumber", summary="按编号核验")
async def verify_number(
    request: Request, ask: Ask, number: Typed = "", captcha_id: Typed = "", answer: Typed = ""
) -> HTMLResponse:
    """The public facts; a refused code brings the form back with a new one, and the number stays."""
    number, captcha_id, answer = _clean(number), _clean(captcha_id), _clean(answer)
    faults = _faults(number, answer)
    if faults:
        return await _form(request, ask, number[:LONGEST], faults, 422)
    try:
        await ask.ask(CheckCaptcha(captcha_id=captcha_id[:64], answer=answer[:LONGEST]))
    except AppError as refusal:
        if refusal.code not in {"CAPTCHA_REQUIRED", "VALIDATION"}:
            return _result(request, AWAY, 503)
        return await _form(request, ask, number, {"answer": refusal.detail}, refusal.status)
    return await _answer(request, ask, number)


async def _answer(request: Request, asker: Asker, number: str) -> HTMLResponse:
    try:
        facts = await asker.ask(FindCertificate(number=number))
    except AppError as refusal:
        found = refusal.status not in {404, 422}
        return _result(request, AWAY, 503) if found else _result(request, UNKNOWN, 404, asked=number)
    return _result(request, BANDS[facts.state], 200, facts)


async def _form(
    request: Request, asker: Asker, number: str, faults: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    try:
        captcha = await picture(asker, request)
    except AppError as refusal:
        if refusal.status == 429:
            raise
        return _result(request, AWAY, 503)
    return verdict_page(
        request, "public/number.html", status, number=number, captcha=captcha, faults=faults or {}
    )


def _result(
    request: Request, band: Band, status: int, facts: Verification | None = None, asked: str = ""
) -> HTMLResponse:
    return verdict_page(request, "public/number_result.html", status, band=band, facts=facts, asked=asked)


def _faults(number: str, answer: str) -> dict[str, str]:
    faults = {}
    if not 0 < len(number) <= LONGEST:
        faults["number"] = "请输入登记证编号，例如 瓶32渝A0100001(26)。"
    if not answer:
        faults["answer"] = "请输入图中的字符。"
    return faults


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()

"""使用登记进度 without sign-in (ui.md section 4.1): 申请编号 and the end of the unit's code, never in the address."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import Query, Response

from contracts.errors import AppError, FieldFault
from contracts.identity import Captcha
from contracts.review import PublicProgress
from gateway.api.captchas import picture
from gateway.api.public import PictureCode, ProgressQuestion, progress_of
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages()
LONGEST_NO, TAIL = 40, 6
Given = Annotated[str, Query(max_length=LONGEST_NO)]


@router.get("/progress", operation_id="progressPage")
async def progress_page(web: Browser, application_no: Given = "") -> Response:
    """The two fields."""
    return _page(web, Filled(values={"application_no": application_no}))


@router.post("/progress", operation_id="showProgress")
async def show_progress(web: Browser) -> Response:
    """The steps with their dates; a pair that fits nothing is said on the form, which keeps what was typed."""
    try:
        found = await _found(web)
    except AppError as refusal:
        return await _refused(web, refusal)
    return _page(web, Filled(), found)


async def _refused(web: Web, refusal: AppError) -> Response:
    """The form again with what was typed, with a picture where the next question needs one."""
    wanted = refusal.extra.get("captcha") or web.form.text("captcha_id")
    captcha = await picture(web.asker, web.request) if wanted and refusal.status != 429 else None
    if refusal.status == 404:
        return _page(web, Filled.refused(web.form, refusal), captcha=captcha)
    return web.again("public/progress.html", refusal, found=None, captcha=captcha)


async def _found(web: Web) -> PublicProgress:
    number, tail = _typed(web, "application_no"), _typed(web, "credit_code_tail")
    faults = []
    if not 0 < len(number) <= LONGEST_NO:
        faults.append(FieldFault(field="application_no", code="REQUIRED", message="请填写申请编号"))
    if len(tail) != TAIL:
        message = f"请填写统一社会信用代码的后 {TAIL} 位"
        faults.append(FieldFault(field="credit_code_tail", code="LENGTH", message=message))
    if faults:
        raise AppError("VALIDATION", errors=faults)
    return await progress_of(web.asker, web.request, _question(web, number, tail))


def _question(web: Web, number: str, tail: str) -> ProgressQuestion:
    answer = _typed(web, "answer")[:LONGEST_NO]
    code = PictureCode(id=web.form.text("captcha_id")[:64], answer=answer) if answer else None
    return ProgressQuestion(application_no=number, credit_code_tail=tail, captcha=code)


def _typed(web: Web, name: str) -> str:
    """Full-width letters and digits, as input methods write them, are the same characters here."""
    return unicodedata.normalize("NFKC", web.form.text(name)).replace("\0", "")


def _page(
    web: Web, filled: Filled, found: PublicProgress | None = None, captcha: Captcha | None = None
) -> Response:
    return web.render("public/progress.html", filled=filled, found=found, captcha=captcha)

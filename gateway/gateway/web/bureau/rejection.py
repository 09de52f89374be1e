"""驳回（退件）: its form, which the dialog of the page holds too (ui.md section 6.6)."""

from __future__ import annotations

from fastapi import Response

from contracts.errors import AppError, FieldFault
from contracts.review import Decide
from gateway.parameters import Id
from gateway.web.bureau.application import OVERTAKEN, step_sent
from gateway.web.bureau.desk import desk
from gateway.web.bureau.panel import overtaken
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/b")
OTHER_REASON = "R99"
SHORTEST = 10
"""Characters of 需要一次性告知的全部内容 at least."""
TOO_SHORT = FieldFault(
    field="told", code="TOO_SHORT", message=f"请写明需要一次性告知的全部内容，至少 {SHORTEST} 个字。"
)


@router.get("/applications/{application_id}/reject", operation_id="bureauRejectionPage")
async def bureau_rejection(web: Browser, application_id: Id) -> Response:
    """The form as a page of its own, for browsers without the dialog."""
    return await _shown(web, application_id, None)


@router.post("/applications/{application_id}/reject", operation_id="bureauReject")
async def bureau_reject(web: Browser, application_id: Id) -> Response:
    """Voids the batch; what is missing is told at once, and all that was typed stays."""
    step, told, reason = step_sent(web), web.form.text("told"), web.form.text("reason_code")
    call = Decide(
        application_id=application_id,
        step=step,
        outcome="reject",
        opinion=told,
        reason_code=reason,
        note=told if reason == OTHER_REASON else "",
        confirm=web.form.text("confirm"),
        version=web.form.number("version"),
    )
    try:
        if len(told) < SHORTEST:
            raise AppError("VALIDATION", errors=[TOO_SHORT])
        await web.ask(call)
    except AppError as refusal:
        return await _shown(web, application_id, _by_our_fields(refusal))
    return web.go(f"/b/applications/{application_id}?done={step}")


def _by_our_fields(refusal: AppError) -> AppError:
    """The service calls the text an opinion (and a note); here it is one field."""
    own = {"opinion": "told", "note": "told"}
    errors = [
        fault.model_copy(update={"field": own.get(fault.field, fault.field)}) for fault in refusal.errors
    ]
    return AppError(refusal.code, refusal.detail, errors=errors, **refusal.extra)


async def _shown(web: Web, application_id: str, refusal: AppError | None) -> Response:
    content = await desk(web, application_id)
    overtook = refusal is not None and refusal.code in OVERTAKEN
    conflict = overtaken(content["application"], content["timeline"]) if overtook else ""
    if refusal is None:
        return web.render(
            "bureau/rejection.html", **content, conflict=conflict, filled=Filled(), refusal=None
        )
    return web.again("bureau/rejection.html", refusal, **content, conflict=conflict)

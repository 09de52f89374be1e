"""One application and its decisions (ui.md sections 6.3, 6.5 and 6.7)."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response

from contracts.errors import AppError
from contracts.review import Decide, StepName
from gateway.parameters import Id
from gateway.web.bureau.desk import desk, next_task
from gateway.web.bureau.panel import overtaken
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.rail import since_submission
from gateway.web.steps import STEPS
from gateway.web.web import Browser, Web

router = pages("/b")
OVERTAKEN = frozenset({"STALE", "WRONG_STATE"})
VOIDED = "已驳回，该批次作废，已通知使用单位。"


@router.get("/applications/{application_id}", operation_id="bureauApplicationPage")
async def bureau_application(web: Browser, application_id: Id, done: StepName | None = None) -> Response:
    """Everything about the application; ``done`` is the step that the reader has just done."""
    content, following = await asyncio.gather(
        desk(web, application_id), next_task(web, done) if done else _nothing()
    )
    said = _said(content, done) if done else ""
    return web.render(
        "bureau/application.html",
        **content,
        refusal=None,
        conflict="",
        kept="",
        said=said,
        following=following if said else None,
        done=done,
    )


async def _nothing() -> None:
    return None


def _said(content: dict[str, Any], done: StepName) -> str:
    """The line of success, if that step was done indeed."""
    actions = {entry.action for entry in since_submission(content["timeline"].entries)}
    if f"{done}_reject" in actions:
        return VOIDED
    return STEPS[done].said if f"{done}_pass" in actions else ""


@router.post("/applications/{application_id}", operation_id="bureauDecide")
async def bureau_decide(web: Browser, application_id: Id) -> Response:
    """受理, 审核通过 or 审批通过."""
    step = step_sent(web)
    call = Decide(
        application_id=application_id,
        step=step,
        outcome="pass",
        opinion=web.form.text("opinion"),
        version=web.form.number("version"),
    )
    try:
        await web.ask(call)
    except AppError as refusal:
        return await _refused(web, application_id, refusal)
    return web.go(f"/b/applications/{application_id}?done={step}")


def step_sent(web: Web) -> StepName:
    """The step of the form. Raises VALIDATION for another text."""
    sent = web.form.text("step")
    found: StepName | None = next((step for step in STEPS if step == sent), None)
    if found is None:
        raise AppError("VALIDATION")
    return found


async def _refused(web: Web, application_id: str, refusal: AppError) -> Response:
    """The page as it is now, with the opinion kept: in its field, or beside it when the step is over."""
    content = await desk(web, application_id, Filled.refused(web.form, refusal))
    overtook = refusal.code in OVERTAKEN
    conflict = overtaken(content["application"], content["timeline"]) if overtook else ""
    opinion = web.form.text("opinion")
    return web.again(
        "bureau/application.html",
        refusal,
        **content,
        conflict=conflict,
        kept="" if content["step"] == web.form.text("step") else opinion,
        said="",
        following=None,
        done=None,
    )

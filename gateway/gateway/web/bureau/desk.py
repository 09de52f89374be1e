"""All that the page of an application shows, asked for at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from contracts.call import Call, Page, Reply
from contracts.errors import AppError
from contracts.review import (
    GetApplication,
    GetReview,
    GetSubmittedForm,
    GetTimeline,
    ListReasons,
    ListTasks,
    ListWrongCylinders,
    Reason,
    StepName,
    Task,
)
from gateway.web.bureau.panel import hindrance, suggested
from gateway.web.clocks import working_clock
from gateway.web.forms import Filled
from gateway.web.rail import rail_of, since_submission
from gateway.web.steps import GROUPS, REASONS, STEP_OF_STATE, STEPS, may_decide
from gateway.web.web import Web

FIRST_WRONG = 5
"""So many wrong cylinders stand on the page; all of them are a list of their own."""


async def desk(web: Web, application_id: str, filled: Filled | None = None) -> dict[str, Any]:
    """The content of the page. Raises NOT_FOUND."""
    own = bool(web.caller and web.caller.steps)
    application, timeline, review, wrong, submitted, (phrases, reasons) = await asyncio.gather(
        web.ask(GetApplication(application_id=application_id)),
        web.ask(GetTimeline(application_id=application_id)),
        _unless_preparing(web, GetReview(application_id=application_id)),
        web.ask(ListWrongCylinders(application_id=application_id, limit=FIRST_WRONG)),
        web.ask(GetSubmittedForm(application_id=application_id)),
        _lists(web) if own else _no_lists(),
    )
    step = may_decide(application)
    now = datetime.now(UTC)
    return {
        "application": application,
        "timeline": timeline,
        "rail": rail_of(timeline),
        "clock": working_clock(timeline.clock, now),
        "review": review,
        "wrong": wrong,
        "submitted": submitted,
        "step": step,
        "waits_for": STEP_OF_STATE.get(application.state),
        "steps": STEPS,
        "groups": GROUPS,
        "registration": REASONS.get(application.registration_reason, application.registration_reason),
        "opinions": [entry for entry in since_submission(timeline.entries) if entry.opinion],
        "phrases": [each.text for each in phrases if each.step == step and each.outcome == "pass"],
        "told": [each.text for each in phrases if each.step == step and each.outcome == "reject"],
        "reasons": [(each.code, each.text) for each in reasons],
        "hindrance": hindrance(application, review),
        "suggested": filled or Filled(values={"opinion": suggested(step, phrases, application, review)}),
        "rejection": Filled(),
    }


async def _unless_preparing(web: Web, call: Call[Reply]) -> Reply | None:
    try:
        return await web.ask(call)
    except AppError as refusal:
        if refusal.code == "PREPARING":
            return None
        raise


async def _lists(web: Web) -> tuple[list[Reason], list[Reason]]:
    """Phrases for opinions, and reasons of a rejection."""
    phrases, reasons = await asyncio.gather(
        web.ask(ListReasons(kind_of_list="opinion")), web.ask(ListReasons(kind_of_list="reject"))
    )
    return phrases.items, reasons.items


async def _no_lists() -> tuple[list[Reason], list[Reason]]:
    """For readers who decide nothing."""
    return [], []


async def next_task(web: Web, step: StepName) -> Task | None:
    """What waits for the step after the one that was just done."""
    if web.caller is None or step not in web.caller.steps:
        return None
    page: Page[Task] = await web.ask(ListTasks(step=step, limit=1))
    return next(iter(page.items), None)

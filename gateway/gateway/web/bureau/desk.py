"""All that the page of an application shows, asked for at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from contracts.call import Call, Page, Reply
from contracts.errors import AppError
from contracts.review import (
    Application,
    GetApplication,
    GetReview,
    GetSubmittedForm,
    GetTimeline,
    ListReasons,
    ListTasks,
    ListWrongCylinders,
    Reason,
    ReviewState,
    StepName,
    Task,
    Timeline,
)
from gateway.web.bureau.rail import rail_of, since_submission
from gateway.web.bureau.steps import GROUPS, REASONS, STEP_OF_STATE, STEPS, may_decide
from gateway.web.clocks import working_clock
from gateway.web.forms import Filled
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
        "suggested": filled or Filled(values={"opinion": _suggested(step, phrases, application, review)}),
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


def wrong_of(application: Application, review: ReviewState | None) -> int:
    """Cylinders that are not registered: as decided, else as marked so far."""
    return application.refused or (review.wrong if review else 0)


def hindrance(application: Application, review: ReviewState | None) -> str:
    """Why 受理 can not be pressed yet."""
    if application.state != "submitted":
        return ""
    if review is None:
        return "附件审核数据正在准备，请稍后刷新本页"
    if not review.completed:
        left = review.cylinders - review.reviewed
        rest = f"剩 {left:,} 只" if left else "全部已看过，还差点击“完成”"
        return f"请先完成“审核附件”（{rest}）"
    if review.wrong >= review.cylinders:
        return "没有可登记的气瓶，请使用“驳回（退件）”"
    return ""


def _suggested(
    step: StepName | None, phrases: list[Reason], application: Application, review: ReviewState | None
) -> str:
    """The opinion to begin with: the first phrase of the step, and how many are left out."""
    mine = [each.text for each in phrases if each.step == step and each.outcome == "pass"]
    if step is None or not mine:
        return ""
    wrong = wrong_of(application, review)
    if not wrong:
        return mine[0]
    if step == "acceptance":
        return f"{mine[0]}其中 {wrong:,} 只气瓶图片与信息不一致，不予登记。"
    return mine[1] if len(mine) > 1 else mine[0]


async def next_task(web: Web, step: StepName) -> Task | None:
    """What waits for the step after the one that was just done."""
    if web.caller is None or step not in web.caller.steps:
        return None
    page: Page[Task] = await web.ask(ListTasks(step=step, limit=1))
    return next(iter(page.items), None)


def overtaken(application: Application, timeline: Timeline) -> str:
    """Who was quicker, for flow.conflict."""
    last = timeline.entries[-1]
    name = STEPS[STEP_OF_STATE[application.state]].name if application.state in STEP_OF_STATE else ""
    done = f"该申请已于 {last.at:%m-%d %H:%M} 由{last.by or '系统'}办理：{last.text}。"
    return f"{done}当前状态：{application.state_name}{f'，等待“{name}”' if name else ''}。"

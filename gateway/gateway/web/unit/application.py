"""One application after its submission: progress, what was decided, and taking it back (ui.md section 5.8)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from contracts.call import Page
from contracts.errors import AppError
from contracts.identity import Authority, ListAuthorities
from contracts.review import (
    GetTimeline,
    ListReasons,
    ListWrongCylinders,
    WithdrawApplication,
    WrongCylinder,
)
from gateway.api.application_answers import ApplicationAnswer
from gateway.parameters import Id, Pages
from gateway.spared import spared
from gateway.web.clocks import working_clock
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.rail import rail_of
from gateway.web.unit.wizard import Wizard, wizard
from gateway.web.web import Browser, Web

router = pages("/u")
AT = 5
WRONG_ON_A_PAGE = 50
NO_AUTHORITIES = Page[Authority](items=[], total=0)


@router.get("/applications/{application_id}", operation_id="unitApplicationPage")
async def application_page(web: Browser, application_id: Id, paging: Pages) -> Response:
    """The progress of it; a draft goes on where it was left."""
    steps = await wizard(web, application_id, AT)
    if steps.draft:
        return web.go(f"{steps.base}/{_where(steps)}")
    return await _page(web, steps, cursor=paging.cursor)


@router.post("/applications/{application_id}/withdrawal", operation_id="withdrawApplicationForm")
async def withdraw(web: Browser, application_id: Id) -> Response:
    """撤回修改 (``keep``) back to the draft, 撤销申请, or 删除草稿."""
    keep = web.form.ticked("keep")
    wanted = WithdrawApplication(
        application_id=application_id, version=web.form.number("version") or None, keep=keep
    )
    try:
        await web.ask(wanted)
    except AppError as refusal:
        return await _page(web, await wizard(web, application_id, AT), refusal)
    return web.go(f"/u/applications/{application_id}/basics" if keep else "/u/?tab=ended")


def _where(steps: Wizard) -> str:
    counts = steps.application.counts
    if not counts.cylinders:
        return "import"
    return "cylinders" if counts.with_photos < counts.cylinders else "submit"


async def _wrong(web: Web, application: ApplicationAnswer, cursor: str | None) -> Page[WrongCylinder] | None:
    """不予登记: a page of them, or None while it can not be had."""
    if not application.counts.refused:
        return None
    wanted = ListWrongCylinders(application_id=application.id, limit=WRONG_ON_A_PAGE, cursor=cursor)
    return await spared(web.ask(wanted), None)


async def _page(
    web: Web, steps: Wizard, refusal: AppError | None = None, cursor: str | None = None
) -> Response:
    application = steps.application
    timeline, reasons, authorities, wrong = await asyncio.gather(
        web.ask(GetTimeline(application_id=application.id)),
        web.ask(ListReasons(kind_of_list="reject")),
        spared(web.ask(ListAuthorities()), NO_AUTHORITIES),
        _wrong(web, application, cursor),
    )
    content: dict[str, Any] = {
        "wizard": steps,
        "timeline": timeline,
        "wrong": wrong,
        "wrong_first": steps.base if cursor else None,
        "rail": rail_of(timeline),
        "clock": working_clock(timeline.clock, datetime.now(UTC)),
        "bureau": next((each for each in authorities.items if each.code == application.authority_code), None),
        "reject_reason": next(
            (each.text for each in reasons.items if each.code == application.reject_reason_code), ""
        ),
        "rejection": next((each for each in reversed(timeline.entries) if each.reason_code), None),
    }
    if refusal:
        return web.again("unit/application.html", refusal, **content)
    return web.render("unit/application.html", filled=Filled(), **content)

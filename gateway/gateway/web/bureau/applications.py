"""Applications of the bureau by step or state (ui.md section 6.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from contracts.call import Page
from contracts.review import Application, GetTodos, ListApplications, ListTasks, Task, Todo
from gateway.parameters import Pages, Paging
from gateway.web.bureau.rows import Row, application_row, task_row
from gateway.web.bureau.wanted import Asked, Wanted, tabs_of, with_tab
from gateway.web.page_routes import pages
from gateway.web.steps import GROUPS, STEPS
from gateway.web.web import Browser, Web

router = pages("/b")
DUES = {"overdue": "逾期", "today": "今日到期"}


@router.get("/applications", operation_id="bureauApplicationsPage")
async def bureau_applications(web: Browser, paging: Pages, asked: Asked) -> Response:
    """The list of a tab: what waits for a step of the reader's by its deadline, everything else the newest first."""
    mine = web.caller.steps if web.caller else frozenset()
    wanted = with_tab(asked, mine)
    own = wanted.step is not None and wanted.step in mine
    listed = _tasks(web, wanted, paging) if own else _applications(web, wanted, paging)
    page, counts = await asyncio.gather(listed, _counts(web))
    now = datetime.now(UTC)
    return web.render(
        "bureau/applications.html",
        tabs=tabs_of(wanted, counts),
        wanted=wanted,
        own=own,
        page=page,
        rows=[_row(item, now) for item in page.items],
        groups=GROUPS,
        dues=DUES,
        steps=STEPS,
        cursor=paging.cursor,
    )


async def _tasks(web: Web, wanted: Wanted, paging: Paging) -> Page[Any]:
    assert wanted.step  # noqa: S101  # the caller of this has looked
    call = ListTasks(
        step=wanted.step,
        search=wanted.search,
        variety_group=wanted.variety,
        due=wanted.due,
        limit=paging.limit,
        cursor=paging.cursor,
    )
    return await web.ask(call)


async def _applications(web: Web, wanted: Wanted, paging: Paging) -> Page[Any]:
    state = STEPS[wanted.step].state if wanted.step else wanted.state
    call = ListApplications(
        state=None if state == "all" else state,
        search=wanted.search,
        variety_group=wanted.variety,
        limit=paging.limit,
        cursor=paging.cursor,
    )
    return await web.ask(call)


async def _counts(web: Web) -> Mapping[str, int]:
    """What waits at each step of the authority; the municipal bureau has no queue."""
    if web.caller is None or web.caller.kind != "bureau":
        return {}
    lines: list[Todo] = (await web.ask(GetTodos())).authority
    return {line.step: line.count for line in lines}


def _row(item: Task | Application, now: datetime) -> Row:
    return task_row(item, now) if isinstance(item, Task) else application_row(item, now)

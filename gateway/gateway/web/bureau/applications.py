"""Applications of the bureau by step or state (ui.md section 6.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Response

from contracts.call import Page
from contracts.review import (
    Application,
    Due,
    GetTodos,
    Group,
    ListApplications,
    ListTasks,
    StepName,
    Task,
    Todo,
)
from gateway.parameters import EmptyIsNone, Pages, Paging
from gateway.web.bureau.rows import Row, application_row, task_row
from gateway.web.bureau.steps import ENDED, GROUPS, STEPS
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/b")
DUES = {"overdue": "逾期", "today": "今日到期"}
State = Literal["all", "certified", "rejected", "withdrawn"]


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; ``step`` and ``state`` are the tabs."""

    step: StepName | None
    state: State | None
    search: str
    variety: Group | None
    due: Due | None

    def address(self, **changes: Any) -> str:
        """The same list with something changed; a cursor is never kept."""
        fields = {**self.__dict__, **changes}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/b/applications?{query}" if query else "/b/applications"


async def _wanted(
    step: Annotated[StepName | None, EmptyIsNone] = None,
    state: Annotated[State | None, EmptyIsNone] = None,
    search: Annotated[str, Query(max_length=60)] = "",
    variety: Annotated[Group | None, EmptyIsNone] = None,
    due: Annotated[Due | None, EmptyIsNone] = None,
) -> Wanted:
    return Wanted(step, state, search.strip(), variety, due)


@router.get("/applications", operation_id="bureauApplicationsPage")
async def bureau_applications(
    web: Browser, paging: Pages, asked: Annotated[Wanted, Depends(_wanted)]
) -> Response:
    """The list of a tab: what waits for a step of the reader's by its deadline, everything else the newest first."""
    mine = web.caller.steps if web.caller else frozenset()
    wanted = _with_tab(asked, mine)
    own = wanted.step is not None and wanted.step in mine
    listed = _tasks(web, wanted, paging) if own else _applications(web, wanted, paging)
    page, counts = await asyncio.gather(listed, _counts(web))
    now = datetime.now(UTC)
    return web.render(
        "bureau/applications.html",
        tabs=_tabs(wanted, counts),
        wanted=wanted,
        own=own,
        page=page,
        rows=[_row(item, now) for item in page.items],
        groups=GROUPS,
        dues=DUES,
        steps=STEPS,
        cursor=paging.cursor,
    )


def _with_tab(wanted: Wanted, mine: frozenset[str]) -> Wanted:
    if wanted.step or wanted.state:
        return wanted
    first: StepName | None = next((step for step in STEPS if step in mine), None)
    fields = {**wanted.__dict__, "step": first, "state": None if first else "all"}
    return Wanted(**fields)


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


def _tabs(wanted: Wanted, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    by_step = [
        {
            "label": words.waiting,
            "href": wanted.address(step=step, state=None, due=None),
            "count": counts.get(step),
            "current": step == wanted.step,
        }
        for step, words in STEPS.items()
    ]
    by_state = [
        {
            "label": label,
            "href": wanted.address(step=None, state=state, due=None),
            "current": state == wanted.state,
        }
        for state, label in {**ENDED, "all": "全部"}.items()
    ]
    return [*by_step, *by_state]


def _row(item: Task | Application, now: datetime) -> Row:
    return task_row(item, now) if isinstance(item, Task) else application_row(item, now)

"""The workbench of a using unit (ui.md section 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Response
from fastapi.responses import PlainTextResponse

from contracts.call import Page
from contracts.review import ListApplications
from gateway.api.application_answers import ApplicationAnswer, page_with_counts
from gateway.spared import spared
from gateway.web.clocks import clock
from gateway.web.page_routes import pages
from gateway.web.steps import GROUPS
from gateway.web.unit.todos import unit_todos
from gateway.web.web import Browser, Web

router = pages("/u")
NEWEST = 100
"""待办事项 looks at so many of the newest applications."""
TABS = {
    "draft": ("草稿", ("draft",)),
    "running": ("办理中", ("submitted", "accepted", "examined", "approved")),
    "certified": ("已发证", ("certified",)),
    "ended": ("已作废", ("rejected", "withdrawn")),
}
# What a unit does next with an application: the words, and the address before its id.
ACTIONS = {
    "draft": ("继续填写", "/u/applications/"),
    "certified": ("下载证书", "/u/certificates?application_id="),
    "rejected": ("查看原因", "/u/applications/"),
}


@router.get("/", operation_id="unitHomePage")
async def unit_home(web: Browser, tab: str = "") -> Response:
    """待办事项 and 我的申请."""
    applications = (await _newest(web)).items
    groups = {
        name: [each for each in applications if each.state in states] for name, (_, states) in TABS.items()
    }
    chosen = tab if tab in TABS else next((name for name, those in groups.items() if those), "draft")
    now = datetime.now(UTC)
    return web.render(
        "unit/home.html",
        todos=unit_todos(applications),
        any=bool(applications),
        tabs=[
            {"label": label, "href": f"/u/?tab={name}", "count": len(groups[name]), "current": name == chosen}
            for name, (label, _) in TABS.items()
        ],
        rows=[(each, clock(each.submitted_at, each.deadline, now)) for each in groups[chosen]],
        actions=ACTIONS,
        chosen=chosen,
        groups=GROUPS,
    )


@router.get("/todo-count", operation_id="unitTodoCount")
async def unit_todo_count(web: Browser) -> Response:
    """The number in the bar, or nothing, also while it can not be had."""
    todos = unit_todos((await spared(_newest(web), Page[ApplicationAnswer](items=[], total=0))).items)
    return PlainTextResponse(str(len(todos)) if todos else "")


async def _newest(web: Web) -> Page[ApplicationAnswer]:
    return await page_with_counts(web.asker, await web.ask(ListApplications(limit=NEWEST)))

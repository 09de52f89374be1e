"""The workbench of a bureau (ui.md section 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from fastapi import Response
from fastapi.responses import PlainTextResponse

from contracts.call import Page
from contracts.review import GetTodos, ListApplications, ListTasks, StepName, Task, Todo
from gateway.parameters import Pages
from gateway.web.clocks import clock
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/b")
STEPS: dict[StepName, str] = {
    "acceptance": "受理",
    "examination": "审核",
    "approval": "审批",
    "issue": "证书生成",
}


@router.get("/", operation_id="bureauHomePage")
async def bureau_home(web: Browser, paging: Pages, step: str = "") -> Response:
    """待办事项 with the guide's sentence, and the list of the chosen step, overdue first."""
    if web.caller and web.caller.kind == "municipal":
        applications = await web.ask(ListApplications(limit=paging.limit, cursor=paging.cursor))
        return web.render("bureau/readers.html", applications=applications, rows=applications.items)
    todos = (await web.ask(GetTodos())).items
    chosen = _chosen(step, todos)
    tasks = await _tasks(web, chosen, paging.limit, paging.cursor) if chosen else None
    now = datetime.now(UTC)
    return web.render(
        "bureau/home.html",
        now=now,
        todos=todos,
        steps=STEPS,
        step=chosen,
        tasks=tasks,
        cursor=paging.cursor,
        rows=[
            (task, clock(task.submitted_at, task.deadline, now)) for task in (tasks.items if tasks else [])
        ],
    )


def _chosen(step: str, todos: list[Todo]) -> StepName | None:
    """The step of the address, or the first of the caller's that has something waiting, or the first."""
    mine = {todo.step: todo.count for todo in todos}
    wanted = [name for name in get_args(StepName) if name == step and name in mine]
    waiting = [name for name in mine if mine[name]]
    return next(iter([*wanted, *waiting, *mine]), None)


async def _tasks(web: Web, step: StepName, limit: int, cursor: str | None) -> Page[Task]:
    return await web.ask(ListTasks(step=step, limit=limit, cursor=cursor))


@router.get("/todo-count", operation_id="bureauTodoCount")
async def bureau_todo_count(web: Browser) -> Response:
    """The number in the bar, or nothing."""
    if web.caller is None or web.caller.kind != "bureau":
        return PlainTextResponse("")
    number = sum(todo.count for todo in (await web.ask(GetTodos())).items)
    return PlainTextResponse(str(number) if number else "")

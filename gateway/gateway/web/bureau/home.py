"""The workbench of a bureau (ui.md section 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, get_args

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse

from contracts.review import GetTodos, ListApplications, ListTasks, StepName, Todo, Todos
from gateway.parameters import Pages
from gateway.spared import spared
from gateway.web.bureau.rows import task_row
from gateway.web.page_routes import pages
from gateway.web.steps import GROUPS, STEPS
from gateway.web.web import Browser

router = pages("/b")
NO_TODOS = Todos(items=[])


@router.get("/", operation_id="bureauHomePage")
async def bureau_home(web: Browser, paging: Pages, step: str = "") -> Response:
    """待办事项 with the guide's sentence, and the list of the chosen step, overdue first."""
    if web.caller and web.caller.kind == "municipal":
        applications = await web.ask(ListApplications(limit=paging.limit, cursor=paging.cursor))
        return web.render("bureau/readers.html", applications=applications, rows=applications.items)
    todos = await web.ask(GetTodos())
    chosen = _chosen(step, todos.items)
    wanted = ListTasks(step=chosen, limit=paging.limit, cursor=paging.cursor) if chosen else None
    tasks = await web.ask(wanted) if wanted else None
    now = datetime.now(UTC)
    return web.render(
        "bureau/home.html",
        now=now,
        todos=todos,
        waiting=next((todo.count for todo in todos.items if todo.step == chosen), 0),
        steps=STEPS,
        groups=GROUPS,
        step=chosen,
        tasks=tasks,
        cursor=paging.cursor,
        rows=[task_row(task, now) for task in tasks.items] if tasks else [],
        most=max([todo.count for todo in todos.authority], default=0),
    )


def _chosen(step: str, todos: list[Todo]) -> StepName | None:
    """The step of the address, or the first of the caller's that has something waiting, or the first."""
    mine = {todo.step: todo.count for todo in todos}
    wanted = [name for name in get_args(StepName) if name == step and name in mine]
    waiting = [name for name in mine if mine[name]]
    return next(iter([*wanted, *waiting, *mine]), None)


@router.get("/todo-count", operation_id="bureauTodoCount")
async def bureau_todo_count(web: Browser) -> Response:
    """The number in the bar, or nothing, also while it can not be had."""
    if web.caller is None or web.caller.kind != "bureau":
        return PlainTextResponse("")
    number = sum(todo.count for todo in (await spared(web.ask(GetTodos()), NO_TODOS)).items)
    return PlainTextResponse(str(number) if number else "")


@router.get("/new-tasks", operation_id="bureauNewTasks")
async def bureau_new_tasks(
    web: Browser, step: StepName, known: Annotated[int, Query(ge=0, le=1_000_000_000)]
) -> Response:
    """What came since the list was shown, as a line with 刷新; the rows stay where they are."""
    lines = (await spared(web.ask(GetTodos()), NO_TODOS)).items
    number = next((todo.count for todo in lines if todo.step == step), known)
    return web.render("bureau/_new_tasks.html", step=step, more=number - known)

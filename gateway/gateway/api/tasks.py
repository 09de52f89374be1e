"""What waits for the caller's steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from contracts.call import Page
from contracts.review import GetTodos, ListTasks, StepName, Task, Todo
from gateway.asker import Ask
from gateway.parameters import Pages
from gateway.routing import resource

router = resource("待办事项")
Step = Annotated[StepName, Query(description="办理环节")]


class TaskAnswer(Task):
    """A task is its application, so ``id`` is the application's."""

    id: str


@router.get("/todos", operation_id="getTodos", summary="待办事项")
async def get_todos(ask: Ask) -> Page[Todo]:
    """One line for each of the caller's steps."""
    lines = (await ask.ask(GetTodos())).items
    return Page[Todo](items=lines, total=len(lines))


@router.get("/tasks", operation_id="listTasks", summary="待办的申请")
async def list_tasks(step: Step, ask: Ask, pages: Pages) -> Page[TaskAnswer]:
    """Those that wait for the step, the nearest deadline first."""
    page = await ask.ask(ListTasks(step=step, limit=pages.limit, cursor=pages.cursor))
    items = [TaskAnswer(**task.model_dump(), id=task.application_id) for task in page.items]
    return Page[TaskAnswer](
        items=items, next_cursor=page.next_cursor, total=page.total, total_capped=page.total_capped
    )

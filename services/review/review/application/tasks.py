"""The list of a step: what waits, the nearest deadline first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_

from chassis import pages
from chassis.access import visible
from chassis.tokens import Caller
from contracts.call import Page
from contracts.errors import AppError
from contracts.review import ListTasks, Task
from review.adapters.calendar import ChinaCalendar
from review.adapters.tables import application, review_progress
from review.application import applications, reviewed, running
from review.application.applications import Row
from review.application.queues import asked_for
from review.application.reasons import STEPS
from review.application.tools import Tools
from review.domain.clocks import ends_at, local_day
from review.domain.states import TODO_STATES, Step

_COLUMNS = application.c


def tasks(request: ListTasks, caller: Caller, tools: Tools) -> Page[Task]:
    """What waits for a step in the caller's authority. FORBIDDEN without the step."""
    if request.step not in caller.steps:
        raise AppError("FORBIDDEN")
    step = Step(request.step)
    where = [
        visible(caller, _COLUMNS.unit_id, _COLUMNS.authority_code),
        _COLUMNS.state == TODO_STATES[step].value,
        _COLUMNS.deadline.is_not(None),
        *asked_for(request),
        *_due(request, tools),
    ]
    query = _after(_with_review().where(*where), request.cursor).limit(request.limit + 1)
    with tools.database.reading() as session:
        total, capped = pages.count_up_to(session, application, *where)
        rows = session.execute(query).mappings().all()
        calendar = running.calendar(session)
    some = rows[: request.limit]
    cursor = None
    if len(rows) > request.limit:
        cursor = pages.cursor_of(some[-1]["deadline"].isoformat(), some[-1]["seq"])
    items = [_task(row, step, calendar, tools) for row in some]
    return Page[Task](items=items, next_cursor=cursor, total=total, total_capped=capped)


def _due(request: ListTasks, tools: Tools) -> list[ColumnElement[bool]]:
    now = tools.now()
    tonight = ends_at(local_day(now))
    conditions = {
        "overdue": [_COLUMNS.deadline <= now],
        "today": [_COLUMNS.deadline > now, _COLUMNS.deadline <= tonight],
    }
    return conditions.get(request.due or "", [])


def _with_review() -> Select[tuple[Any, ...]]:
    """The application beside the counts of its photo review, which may not be laid out yet."""
    completed = review_progress.c.completed_at.label("review_completed_at")
    return (
        select(application, reviewed.CYLINDERS.label("reviewed"), completed)
        .select_from(application)
        .outerjoin(review_progress, reviewed.OF_APPLICATION)
        .outerjoin(reviewed.LAST, reviewed.LAST_OF_PROGRESS)
    )


def _after(query: Select[tuple[Any, ...]], cursor: str | None) -> Select[tuple[Any, ...]]:
    ordered = query.order_by(_COLUMNS.deadline, _COLUMNS.seq)
    place = pages.place_of(cursor, [str, int])
    if place is None:
        return ordered
    try:
        deadline = datetime.fromisoformat(str(place[0]))
    except ValueError as fault:
        raise pages.bad_cursor() from fault
    if deadline.utcoffset() is None:
        raise pages.bad_cursor()
    return ordered.where(tuple_(_COLUMNS.deadline, _COLUMNS.seq) > tuple_(deadline, place[1]))


def _task(row: Row, step: Step, calendar: ChinaCalendar, tools: Tools) -> Task:
    now = tools.now()
    reading, _ = running.reading_of(row, calendar, tools)
    return Task(
        application_id=row["id"],
        application_no=row["application_no"],
        unit_name=row["unit_name"],
        district_code=row["district_code"],
        step=STEPS[step],
        state=row["state"],
        version=row["version"],
        submitted_at=row["submitted_at"],
        deadline=applications.last_second(row["deadline"]) or now,
        warned=reading.warned,
        overdue=row["deadline"] <= now,
        cylinders=row["cylinders"],
        variety_group=row["variety_group"],
        clock=running.clock_of_row(row, calendar, tools),
        reviewed=row["reviewed"],
        review_completed=row["review_completed_at"] is not None,
    )

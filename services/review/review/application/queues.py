"""Lists: applications, 待办事项, tasks of a step, 使用登记进度."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from chassis import pages
from chassis.access import visible
from chassis.tokens import Caller
from contracts.call import Page
from contracts.errors import AppError
from contracts.review import (
    Application,
    ListApplications,
    ListTasks,
    StepName,
    Task,
    Timeline,
    TimelineEntry,
    Todo,
    Todos,
)
from review.adapters.calendar import ChinaCalendar
from review.adapters.tables import application, timeline_entry
from review.application import applications
from review.application.applications import Row
from review.application.tools import Tools, calendar_of
from review.domain.clocks import read_clock
from review.domain.states import STATE_NAMES, TODO_STATES, Clock, State, Step, clock_of, todo_text

_COLUMNS = application.c
_NAMES: dict[Step, StepName] = {
    Step.ACCEPTANCE: "acceptance",
    Step.EXAMINATION: "examination",
    Step.APPROVAL: "approval",
    Step.ISSUE: "issue",
}


def newest_first(request: ListApplications, caller: Caller, tools: Tools) -> Page[Application]:
    """Applications of the caller's unit or authority."""
    where = [applications.own(caller)]
    if request.state is not None:
        where.append(_COLUMNS.state == request.state)
    place = pages.place_of(request.cursor, [int])
    query = select(application).where(*where).order_by(_COLUMNS.seq.desc()).limit(request.limit + 1)
    if place is not None:
        query = query.where(_COLUMNS.seq < place[0])
    with tools.database.reading() as session:
        total, capped = pages.count_up_to(session, application, *where)
        rows = session.execute(query).mappings().all()
    some = rows[: request.limit]
    cursor = pages.cursor_of(some[-1]["seq"]) if len(rows) > request.limit else None
    items = [applications.shown(row, caller) for row in some]
    return Page[Application](items=items, next_cursor=cursor, total=total, total_capped=capped)


def todos(caller: Caller, tools: Tools) -> Todos:
    """One line for each of the caller's steps, in their order."""
    with tools.database.reading() as session:
        return Todos(items=[_todo(session, step, caller, tools) for step in Step if step in caller.steps])


def _todo(session: Session, step: Step, caller: Caller, tools: Tools) -> Todo:
    overdue = func.count().filter(_COLUMNS.deadline <= tools.now())
    query = select(func.count(), overdue).where(
        visible(caller, _COLUMNS.unit_id, _COLUMNS.authority_code),
        _COLUMNS.state == TODO_STATES[step].value,
        _COLUMNS.deadline.is_not(None),
    )
    count, late = session.execute(query).one()
    return Todo(step=_NAMES[step], count=count, overdue=late, text=todo_text(step, count))


def tasks(request: ListTasks, caller: Caller, tools: Tools) -> Page[Task]:
    """What waits for a step in the caller's authority, the nearest deadline first. FORBIDDEN without the step."""
    if request.step not in caller.steps:
        raise AppError("FORBIDDEN")
    step = Step(request.step)
    where = [
        visible(caller, _COLUMNS.unit_id, _COLUMNS.authority_code),
        _COLUMNS.state == TODO_STATES[step].value,
        _COLUMNS.deadline.is_not(None),
    ]
    query = _after(select(application).where(*where), request.cursor).limit(request.limit + 1)
    with tools.database.reading() as session:
        total, capped = pages.count_up_to(session, application, *where)
        rows = session.execute(query).mappings().all()
        calendar = calendar_of(session)
    some = rows[: request.limit]
    cursor = None
    if len(rows) > request.limit:
        cursor = pages.cursor_of(some[-1]["deadline"].isoformat(), some[-1]["seq"])
    items = [_task(row, step, calendar, tools) for row in some]
    return Page[Task](items=items, next_cursor=cursor, total=total, total_capped=capped)


def _after(query: Select[tuple[object, ...]], cursor: str | None) -> Select[tuple[object, ...]]:
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
    parameters = tools.parameters(row["submitted_at"])
    clock = clock_of(State(row["state"]))
    days = parameters.acceptance_workdays if clock is Clock.ACCEPTANCE else parameters.decision_workdays
    now = tools.now()
    reading = read_clock(row["clock_started_at"], now, days, parameters.clock_warn_percent, calendar)
    return Task(
        application_id=row["id"],
        application_no=row["application_no"],
        unit_name=row["unit_name"],
        district_code=row["district_code"],
        step=_NAMES[step],
        state=row["state"],
        version=row["version"],
        submitted_at=row["submitted_at"],
        deadline=applications.last_second(row["deadline"]) or now,
        warned=reading.warned,
        overdue=row["deadline"] <= now,
        cylinders=row["cylinders"],
    )


def timeline(application_id: str, caller: Caller, tools: Tools) -> Timeline:
    """使用登记进度, the oldest first."""
    columns = timeline_entry.c
    with tools.database.reading() as session:
        row = applications.seen_by(session, application_id, caller)
        query = select(timeline_entry).where(columns.application_id == application_id).order_by(columns.seq)
        entries = session.execute(query).mappings().all()
    names = frozenset(TimelineEntry.model_fields)
    return Timeline(
        state=row["state"],
        state_name=STATE_NAMES[State(row["state"])],
        deadline=applications.last_second(row["deadline"]),
        entries=[TimelineEntry(**{name: entry[name] for name in names}) for entry in entries],
    )

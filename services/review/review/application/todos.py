"""待办事项: what waits at each step of the authority, and photo reviews that were begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.access import visible
from chassis.tokens import Caller
from contracts.review import OpenReviews, Todo, Todos
from review.adapters.tables import application, review_progress
from review.application import reviewed
from review.application.reasons import STEPS
from review.application.tools import Tools
from review.domain.clocks import ends_at, local_day
from review.domain.states import TODO_STATES, State, Step, todo_text

_COLUMNS = application.c


class _Waiting(NamedTuple):
    number: int = 0
    overdue: int = 0
    due_today: int = 0


def todos(caller: Caller, tools: Tools) -> Todos:
    """One line for each of the caller's steps, in their order, and those of the whole authority."""
    with tools.database.reading() as session:
        waiting = _waiting(session, caller, tools)
        reviews = _reviews(session, caller) if Step.ACCEPTANCE in caller.steps else OpenReviews()
    lines = {step: _line(step, waiting) for step in Step}
    return Todos(
        items=[line for step, line in lines.items() if step in caller.steps],
        authority=list(lines.values()),
        reviews=reviews,
    )


def _waiting(session: Session, caller: Caller, tools: Tools) -> dict[str, _Waiting]:
    now = tools.now()
    late = _COLUMNS.deadline <= now
    today = ~late & (_COLUMNS.deadline <= ends_at(local_day(now)))
    query = (
        select(_COLUMNS.state, func.count(), func.count().filter(late), func.count().filter(today))
        .where(
            visible(caller, _COLUMNS.unit_id, _COLUMNS.authority_code),
            _COLUMNS.state.in_([state.value for state in TODO_STATES.values()]),
            _COLUMNS.deadline.is_not(None),
        )
        .group_by(_COLUMNS.state)
    )
    return {state: _Waiting(*counts) for state, *counts in session.execute(query)}


def _line(step: Step, waiting: Mapping[str, _Waiting]) -> Todo:
    number, overdue, today = waiting.get(TODO_STATES[step].value, _Waiting())
    text = todo_text(step, number)
    return Todo(step=STEPS[step], count=number, overdue=overdue, due_today=today, text=text)


def _reviews(session: Session, caller: Caller) -> OpenReviews:
    progress = review_progress.c
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(reviewed.CYLINDERS), 0),
            func.coalesce(func.sum(progress.cylinders), 0),
        )
        .select_from(application)
        .join(review_progress, reviewed.OF_APPLICATION)
        .outerjoin(reviewed.LAST, reviewed.LAST_OF_PROGRESS)
        .where(
            visible(caller, _COLUMNS.unit_id, _COLUMNS.authority_code),
            _COLUMNS.state == State.SUBMITTED.value,
            _COLUMNS.deadline.is_not(None),
            progress.seen > 0,
            progress.completed_at.is_(None),
        )
    )
    count, seen, cylinders = session.execute(query).one()
    return OpenReviews(count=count, reviewed=int(seen), cylinders=int(cylinders))

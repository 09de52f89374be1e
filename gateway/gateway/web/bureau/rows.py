"""One row of a list of applications, whether it waits for a step of the reader's or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.review import Application, Task
from gateway.web.clocks import Clock, clock, working_clock
from gateway.web.steps import GROUPS


@dataclass(frozen=True)
class Row:
    """``review`` is 附件审核 in words (n/m), ``state`` shown where the list has several."""

    id: str
    application_no: str
    unit_name: str
    variety: str
    cylinders: int
    submitted_at: datetime | None
    state: str
    clock: Clock | None
    overdue: bool
    review: str = ""
    reviewed: bool = False


def task_row(task: Task, now: datetime) -> Row:
    """A task of the reader's."""
    return Row(
        id=task.application_id,
        application_no=task.application_no,
        unit_name=task.unit_name,
        variety=GROUPS.get(task.variety_group or "", "—"),
        cylinders=task.cylinders,
        submitted_at=task.submitted_at,
        state=task.state,
        clock=working_clock(task.clock, now) or clock(task.submitted_at, task.deadline, now),
        overdue=task.overdue,
        review=_reviewed(task),
        reviewed=task.review_completed,
    )


def _reviewed(task: Task) -> str:
    if task.reviewed is None:
        return "准备中"
    return f"{task.reviewed:,}/{task.cylinders:,}" if task.reviewed else "未开始"


def application_row(application: Application, now: datetime) -> Row:
    """An application that the reader sees."""
    deadline = application.deadline
    return Row(
        id=application.id,
        application_no=application.application_no,
        unit_name=application.unit_name,
        variety=GROUPS.get(application.variety_group or "", "—"),
        cylinders=application.cylinders,
        submitted_at=application.submitted_at,
        state=application.state,
        clock=clock(None, deadline, now),
        overdue=deadline is not None and deadline < now,
    )

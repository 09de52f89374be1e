"""Who worked on which step of a submission: 受理, 审核 and 审批 are three people."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.tokens import Caller
from review.adapters.tables import participant
from review.application.applications import Row
from review.domain.errors import SamePerson
from review.domain.separation import check_separation
from review.domain.states import TODO_STATES, Step


def check(session: Session, row: Row, step: Step, officer_id: str) -> None:
    """Raises ``SamePerson``. Whoever saved pages of the photo review took part in 受理."""
    columns = participant.c
    mine = (columns.application_id == row["id"]) & (columns.attempt == row["attempt"])
    done_by: dict[Step, set[str]] = {}
    for name, officer in session.execute(select(columns.step, columns.officer_id).where(mine)):
        done_by.setdefault(Step(name), set()).add(officer)
    check_separation(step, officer_id, done_by)


def hindrance(session: Session, row: Row, caller: Caller) -> str:
    """The sentence of ``SamePerson`` for the step that the application waits for, if it is one of the caller's."""
    step = next((each for each, state in TODO_STATES.items() if state.value == row["state"]), None)
    if step is None or step not in caller.steps:
        return ""
    try:
        check(session, row, step, caller.id)
    except SamePerson as refused:
        return refused.detail
    return ""


def add(session: Session, row: Row, step: Step, officer_id: str) -> None:
    """Notes that an officer worked on a step."""
    took_part = insert(participant).values(
        application_id=row["id"], attempt=row["attempt"], step=step.value, officer_id=officer_id
    )
    session.execute(took_part.on_conflict_do_nothing())

"""A move of an application from one state to the next: clock, version and timeline change with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from chassis.database import Change
from review.adapters.tables import application, timeline_entry
from review.application.applications import Row
from review.application.tools import Tools, calendar_of
from review.domain.clocks import due_on, ends_at, local_day
from review.domain.errors import WrongState
from review.domain.states import Action, Clock, Move, State, clock_change, clock_of, move_by

_BY = {"acceptance": "受理人员", "examination": "审核人员", "approval": "审批人员", "issue": "发证人员"}
_UNIT = "使用单位"


@dataclass(frozen=True)
class Said:
    """What the timeline keeps of a move: the text for people, and the words of the officer."""

    text: str
    opinion: str = ""
    reason_code: str | None = None


def move_of(row: Row, action: Action, role: str, steps: frozenset[str]) -> Move:
    """The move that an action makes; the refusal also says who made the last one."""
    try:
        return move_by(State(row["state"]), action, role, steps)
    except WrongState as refused:
        raise WrongState(refused.detail, **refused.fields, moved_by=row["moved_by"]) from refused


def make(change: Change, row: Row, move: Move, tools: Tools, said: Said, **values: Any) -> None:
    """Writes the move of a locked application; ``values`` are further columns."""
    columns = {
        "state": move.next.value,
        "version": row["version"] + 1,
        "moved_by": {"role": move.role.value, "step": move.step.value if move.step else None},
        **_clock(change, row, move, tools),
        **values,
    }
    change.session.execute(update(application).where(application.c.id == row["id"]).values(**columns))
    change.note(f"application.{move.action}", f"application:{row['id']}", state=move.next.value)
    tell(change, row["id"], move.action.value, said, _BY[move.step] if move.step else _UNIT)


def tell(change: Change, application_id: str, action: str, said: Said, by: str = "") -> None:
    """Adds to 使用登记进度."""
    change.session.execute(
        insert(timeline_entry).values(
            application_id=application_id,
            action=action,
            text=said.text,
            by=by,
            opinion=said.opinion,
            reason_code=said.reason_code,
        )
    )


def _clock(change: Change, row: Row, move: Move, tools: Tools) -> dict[str, Any]:
    stopped, started = clock_change(move)
    if started is not None:
        now = tools.now()
        return {"clock_started_at": now, "deadline": _deadline(change, row, started, now, tools)}
    if stopped is not None or clock_of(move.next) is None:
        return {"clock_started_at": None, "deadline": None}
    return {}


def _deadline(change: Change, row: Row, clock: Clock, now: datetime, tools: Tools) -> datetime:
    parameters = tools.parameters(row["submitted_at"] or now)
    days = {Clock.ACCEPTANCE: parameters.acceptance_workdays, Clock.DECISION: parameters.decision_workdays}
    return ends_at(due_on(local_day(now), days[clock], calendar_of(change.session)))

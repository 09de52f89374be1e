"""The clock that runs for an application, read in working days."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contracts.review import RunningClock
from review.adapters.calendar import ChinaCalendar
from review.application import applications
from review.application.applications import Row
from review.application.tools import Tools, calendar_of
from review.domain.clocks import Reading, read_clock
from review.domain.states import Clock, State, clock_of


def calendar(session: Session) -> ChinaCalendar:
    """The calendar by which the clocks of one answer are read."""
    return calendar_of(session)


def reading_of(row: Row, working: ChinaCalendar, tools: Tools) -> tuple[Reading, int]:
    """Where the clock stands now, and of how many working days. For an application whose clock runs."""
    parameters = tools.parameters(row["submitted_at"])
    acceptance = clock_of(State(row["state"])) is Clock.ACCEPTANCE
    days = parameters.acceptance_workdays if acceptance else parameters.decision_workdays
    warn = parameters.clock_warn_percent
    return read_clock(row["clock_started_at"], tools.now(), days, warn, working), days


def clock_of_row(row: Row, working: ChinaCalendar, tools: Tools) -> RunningClock | None:
    """The same for people; None when nobody waits. The deadline that was set counts, not what it would be today."""
    deadline = applications.last_second(row["deadline"])
    if deadline is None or row["clock_started_at"] is None:
        return None
    reading, days = reading_of(row, working, tools)
    return RunningClock(
        started_at=row["clock_started_at"],
        deadline=deadline,
        workdays=days,
        used=reading.used,
        overdue=row["deadline"] <= tools.now(),
    )

"""Deadlines in working days, Asia/Shanghai.

Source: domain.md section 3: day 1 is the working day after the event, the deadline is the end of day N.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
# No holiday is longer than this; a calendar that rests longer is a mistake in the override table.
LONGEST_REST_DAYS = 60


class WorkCalendar(Protocol):
    """Which days are worked."""

    def is_working(self, day: date) -> bool:
        """Whether the bureau works on that day."""
        ...

    def is_known(self, day: date) -> bool:
        """False when the answer is only the guess Monday to Friday."""
        ...


@dataclass(frozen=True)
class Reading:
    """A clock read at one moment.

    ``ends_at`` is exclusive: 00:00 of the day after ``due_on``. ``used`` counts working days begun, today included.
    ``warned`` is the highest warn percent reached, 0 for none. ``assumed`` asks the operator to check the calendar.
    """

    due_on: date
    ends_at: datetime
    used: int
    percent: int
    warned: int
    overdue: bool
    assumed: bool


def local_day(moment: datetime) -> date:
    """The day in Shanghai; raises ``ValueError`` for a time without a zone, whose day nobody can know."""
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(SHANGHAI).date()


def next_working_day(day: date, calendar: WorkCalendar) -> date:
    """The first working day after ``day``; raises ``ValueError`` when the calendar never works."""
    for ahead in range(1, LONGEST_REST_DAYS + 1):
        if calendar.is_working(day + ahead * ONE_DAY):
            return day + ahead * ONE_DAY
    raise ValueError(f"no working day within {LONGEST_REST_DAYS} days after {day}: check the override table")


def due_on(event_day: date, workdays: int, calendar: WorkCalendar) -> date:
    """Day N after the event, the last day in time; ``workdays`` at least 1, else ``ValueError``."""
    if workdays < 1:
        raise ValueError("a deadline has at least one working day")
    day = event_day
    for _ in range(workdays):
        day = next_working_day(day, calendar)
    return day


def ends_at(due: date) -> datetime:
    """The end of the day as an exclusive moment: 00:00 of the next day in Shanghai."""
    return datetime.combine(due + ONE_DAY, time.min, SHANGHAI)


def used_days(event_day: date, today: date, calendar: WorkCalendar) -> int:
    """Working days begun after the event, today included; 0 on the day of the event."""
    return sum(calendar.is_working(day) for day in _days_after(event_day, today))


def read_clock(
    started: datetime, now: datetime, workdays: int, warn_percents: Iterable[int], calendar: WorkCalendar
) -> Reading:
    """Where a clock stands at ``now``. Both moments carry a zone; ``workdays`` and percents are rule parameters."""
    first, today = local_day(started), local_day(now)
    due = due_on(first, workdays, calendar)
    used = used_days(first, today, calendar)
    percent = used * 100 // workdays
    return Reading(
        due_on=due,
        ends_at=ends_at(due),
        used=used,
        percent=percent,
        # Compared without rounding, so that a warning never comes a day early.
        warned=max((warn for warn in warn_percents if used * 100 >= warn * workdays), default=0),
        overdue=today > due,
        assumed=not all(calendar.is_known(day) for day in _days_after(first, due)),
    )


def _days_after(first: date, last: date) -> Iterable[date]:
    return (first + ahead * ONE_DAY for ahead in range(1, (last - first).days + 1))

"""Working days of China: override rows first, then chinesecalendar, then Monday to Friday as a guess."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import chinese_calendar

SATURDAY = 5


@dataclass(frozen=True)
class CalendarOverride:
    """One row of the override table: what the bureau knows better than the library, and why."""

    day: date
    working: bool
    reason: str


class ChinaCalendar:
    """The calendar that clocks ask (``review.domain.clocks.WorkCalendar``).

    ``confirmed_years`` are years beyond the library whose holidays an operator has entered in full.
    """

    def __init__(
        self, overrides: Iterable[CalendarOverride] = (), confirmed_years: Collection[int] = ()
    ) -> None:
        self._overrides = {row.day: row.working for row in overrides}
        self._confirmed_years = frozenset(confirmed_years)

    def is_working(self, day: date) -> bool:
        """Whether the bureau works on that day."""
        override = self._overrides.get(day)
        if override is not None:
            return override
        published = _published(day)
        return day.weekday() < SATURDAY if published is None else published

    def is_known(self, day: date) -> bool:
        """False when neither the library nor an operator knows: the operator is warned (domain.md section 3)."""
        return day in self._overrides or day.year in self._confirmed_years or _published(day) is not None


@lru_cache(maxsize=4096)
def _published(day: date) -> bool | None:
    """What the library says; None for a year whose holidays it does not have."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # its way to say "no data for this year"
        return None

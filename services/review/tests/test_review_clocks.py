"""Clocks in working days of Shanghai, with the holidays of 2026 as published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.adapters.calendar import CalendarOverride, ChinaCalendar
from review.domain.clocks import SHANGHAI, Reading, due_on, ends_at, local_day, read_clock, used_days

CHINA = ChinaCalendar()
EVENTS = st.dates(date(2020, 1, 1), date(2029, 12, 31))
WORKDAYS = st.integers(1, 25)


class NeverWorking:
    """A calendar that an operator has broken."""

    def is_working(self, day: date) -> bool:
        return day.year < 1

    def is_known(self, day: date) -> bool:
        return day.year > 0


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def read(started: datetime, now: datetime, workdays: int = 5, warn: Iterable[int] = (50, 80)) -> Reading:
    return read_clock(started, now, workdays, warn, CHINA)


@pytest.mark.parametrize(
    ("event", "workdays", "due"),
    [
        (date(2026, 11, 23), 5, date(2026, 11, 30)),  # Monday to Monday
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # Friday, the weekend does not count
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # a Saturday is no day 1
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # Saturday worked for the Spring Festival
        (date(2026, 2, 14), 1, date(2026, 2, 24)),  # 15 to 23 February rest
        (date(2026, 2, 12), 5, date(2026, 2, 26)),  # 13, 14, 24, 25, 26
        (date(2026, 9, 30), 5, date(2026, 10, 13)),  # 1 to 7 October rest; 8, 9, 10 (Saturday worked), 12, 13
        (date(2026, 10, 1), 1, date(2026, 10, 8)),
    ],
)
def test_day_one_is_the_working_day_after_the_event(event: date, workdays: int, due: date) -> None:
    assert due_on(event, workdays, CHINA) == due


def test_spring_festival_and_national_day_of_2026_rest() -> None:
    rest = [date(2026, 2, day) for day in range(15, 24)] + [date(2026, 10, day) for day in range(1, 8)]
    assert not any(CHINA.is_working(day) for day in rest)
    made_up = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]
    assert all(day.weekday() >= 5 and CHINA.is_working(day) for day in made_up)


def test_the_deadline_is_the_end_of_the_day_in_shanghai() -> None:
    assert ends_at(date(2026, 11, 30)) == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_the_event_belongs_to_its_day_in_shanghai() -> None:
    assert local_day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 11, 23, 16, 0))  # noqa: DTZ001  (the fault under test)


def test_a_clock_warns_at_half_and_at_four_fifths_and_is_overdue_after_the_last_day() -> None:
    submitted = at(2026, 11, 23)  # Monday; days 1 to 5 are 24, 25, 26, 27, 30
    days = [at(2026, 11, 23, 23), at(2026, 11, 25), at(2026, 11, 26), at(2026, 11, 27), at(2026, 11, 30, 23)]
    readings = [read(submitted, day) for day in days]
    assert [reading.used for reading in readings] == [0, 2, 3, 4, 5]
    assert [reading.percent for reading in readings] == [0, 40, 60, 80, 100]
    assert [reading.warned for reading in readings] == [0, 0, 50, 80, 80]
    assert not any(reading.overdue for reading in readings)
    late = read(submitted, at(2026, 12, 1, 0))
    assert late.overdue
    assert late.used == 6


def test_a_weekend_uses_no_days() -> None:
    assert read(at(2026, 11, 23), at(2026, 11, 29)).used == read(at(2026, 11, 23), at(2026, 11, 27)).used


def test_a_warning_is_not_rounded_up() -> None:
    assert read(at(2026, 11, 23), at(2026, 11, 24), workdays=3, warn=[34]).warned == 0


def test_a_deadline_in_a_year_without_data_is_marked_as_assumed() -> None:
    assert not read(at(2026, 12, 21), at(2026, 12, 21)).assumed
    reading = read(at(2026, 12, 28), at(2026, 12, 28))
    assert reading.assumed
    assert reading.due_on == date(2027, 1, 4)  # Monday to Friday, also on 1 January


def test_an_override_row_wins_over_library_and_guess() -> None:
    new_year = CalendarOverride(date(2027, 1, 1), working=False, reason="元旦")
    flood = CalendarOverride(date(2026, 11, 24), working=False, reason="暴雨停工（演示）")
    calendar = ChinaCalendar([new_year, flood])
    assert due_on(date(2026, 12, 28), 5, calendar) == date(2027, 1, 5)
    assert due_on(date(2026, 11, 23), 1, calendar) == date(2026, 11, 25)
    assert calendar.is_known(date(2027, 1, 1))
    assert not calendar.is_known(date(2027, 1, 4))


def test_a_year_confirmed_by_an_operator_warns_no_more() -> None:
    calendar = ChinaCalendar(confirmed_years=[2027])
    assert calendar.is_known(date(2027, 1, 4))
    assert not calendar.is_known(date(2028, 1, 3))


def test_a_calendar_that_never_works_is_told_instead_of_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="override table"):
        due_on(date(2026, 11, 23), 1, NeverWorking())


def test_a_deadline_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        due_on(date(2026, 11, 23), 0, CHINA)


@given(EVENTS, WORKDAYS)
def test_a_deadline_is_a_working_day_and_uses_exactly_its_days(event: date, workdays: int) -> None:
    due = due_on(event, workdays, CHINA)
    assert CHINA.is_working(due)
    assert used_days(event, due, CHINA) == workdays
    assert used_days(event, due - timedelta(days=1), CHINA) == workdays - 1


@given(EVENTS, WORKDAYS)
def test_one_more_day_and_a_later_event_never_bring_the_deadline_forward(event: date, workdays: int) -> None:
    due = due_on(event, workdays, CHINA)
    assert due_on(event, workdays + 1, CHINA) > due
    assert due_on(event + timedelta(days=1), workdays, CHINA) >= due


@given(EVENTS, WORKDAYS, st.integers(0, 60))
def test_a_clock_is_overdue_exactly_when_its_end_has_come(event: date, workdays: int, later: int) -> None:
    started = datetime(event.year, event.month, event.day, 9, tzinfo=SHANGHAI)
    now = started + timedelta(days=later)
    reading = read(started, now, workdays)
    assert reading.overdue == (now >= reading.ends_at)
    assert reading.overdue <= (reading.used >= workdays)

"""Working-day deadlines and the page plan."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.adapters.calendar import ChinaCalendar
from review.domain.clocks import due_on, used_days
from review.domain.errors import PageUnknown
from review.domain.pages import PagePlan


class MondayToFriday:
    def is_working(self, day: date) -> bool:
        return day.weekday() < 5

    def is_known(self, _day: date) -> bool:
        return True


def test_day_one_is_the_working_day_after_the_event() -> None:
    friday = date(2026, 11, 20)
    assert due_on(friday, 1, MondayToFriday()) == date(2026, 11, 23)
    assert due_on(friday, 5, MondayToFriday()) == date(2026, 11, 27)
    assert due_on(date(2026, 11, 21), 5, MondayToFriday()) == date(2026, 11, 27)


def test_public_holidays_do_not_count() -> None:
    before_national_day = date(2026, 9, 30)
    assert due_on(before_national_day, 1, ChinaCalendar()) > date(2026, 10, 3)
    assert not ChinaCalendar().is_working(date(2026, 10, 1))
    assert not ChinaCalendar().is_working(date(2026, 2, 17))  # first day of the lunar year


def test_a_year_that_nobody_has_published_is_monday_to_friday_and_says_so() -> None:
    calendar = ChinaCalendar()
    assert not calendar.is_known(date(2031, 10, 1))
    assert calendar.is_working(date(2031, 10, 1))
    assert not calendar.is_working(date(2031, 10, 4))


@given(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(1, 60))
def test_at_its_deadline_exactly_all_days_of_a_clock_are_used(event: date, workdays: int) -> None:
    due = due_on(event, workdays, MondayToFriday())
    assert MondayToFriday().is_working(due)
    assert used_days(event, due, MondayToFriday()) == workdays
    assert used_days(event, due - timedelta(days=1), MondayToFriday()) == workdays - 1


@given(st.integers(0, 2000), st.integers(1, 24))
def test_each_cylinder_stands_on_exactly_one_page_in_order(cylinders: int, size: int) -> None:
    plan = PagePlan(cylinders, size)
    shown = [position for page in range(1, plan.pages + 1) for position in plan.positions(page)]
    assert shown == list(range(cylinders))
    assert all(1 <= len(plan.positions(page)) <= size for page in range(1, plan.pages + 1))


def test_there_is_no_page_beyond_the_last() -> None:
    assert PagePlan(200, 6).pages == 34
    with pytest.raises(PageUnknown):
        PagePlan(200, 6).positions(35)

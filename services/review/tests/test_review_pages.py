"""The page plan: every cylinder once, in order, no page empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.errors import PageUnknown
from review.domain.pages import PagePlan


@pytest.mark.parametrize(("cylinders", "pages"), [(0, 0), (1, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_six_cylinders_stand_on_a_page(cylinders: int, pages: int) -> None:
    assert PagePlan(cylinders, 6).pages == pages


@given(st.integers(0, 500), st.integers(1, 20))
def test_the_pages_one_after_another_are_the_cylinders(cylinders: int, size: int) -> None:
    plan = PagePlan(cylinders, size)
    pages = [plan.positions(page) for page in range(1, plan.pages + 1)]
    assert [position for page in pages for position in page] == list(range(cylinders))
    assert all(len(page) == size for page in pages[:-1])
    assert all(0 < len(page) <= size for page in pages[-1:])


@given(st.integers(1, 10_000_000), st.integers(1, 20), st.data())
def test_a_cylinder_is_found_on_the_page_that_shows_it(
    cylinders: int, size: int, data: st.DataObject
) -> None:
    plan = PagePlan(cylinders, size)
    position = data.draw(st.integers(0, cylinders - 1))
    assert position in plan.positions(plan.page_of(position))


@pytest.mark.parametrize("page", [-1, 0, 3])
def test_a_page_outside_the_plan_is_unknown(page: int) -> None:
    with pytest.raises(PageUnknown) as refused:
        PagePlan(12, 6).positions(page)
    assert refused.value.fields == {"page": page, "pages": 2}


@pytest.mark.parametrize("position", [-1, 12])
def test_a_position_outside_the_plan_is_refused(position: int) -> None:
    with pytest.raises(ValueError, match="position"):
        PagePlan(12, 6).page_of(position)


@pytest.mark.parametrize(("cylinders", "size"), [(-1, 6), (1, 0)])
def test_a_plan_that_cannot_be_is_refused(cylinders: int, size: int) -> None:
    with pytest.raises(ValueError, match="plan"):
        PagePlan(cylinders, size)

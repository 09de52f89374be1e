"""How long 下一页 takes when the page was fetched before: ui.md section 6.4, 100 ms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median, quantiles

import pytest
from tests.browser.review_pages import Officer, officer_at_review
from tests.browser.watching import Watched
from tests.e2e.people import People

from local_stack import Stack

BAR_MS = 100
_MEASURED = "performance.getEntriesByName('next-page').map(each => each.duration)"


def _through(officer: Officer) -> list[float]:
    """All pages once, by Enter; from each press to the paint of the page after it, in ms."""
    officer.open()
    for _ in range(officer.pages):
        officer.page.wait_for_load_state("networkidle")
        officer.next_page()
    durations: list[float] = officer.page.evaluate(_MEASURED)
    return durations[: officer.pages - 1]


@pytest.mark.bench
@pytest.mark.timeout(300)
def test_the_next_page_is_there_at_once(
    opened: Callable[..., Watched], people: People, system: Stack
) -> None:
    officer = officer_at_review(opened(), people, system, count=60)
    durations = [*_through(officer), *_through(officer)]
    middle, late = median(durations), quantiles(durations, n=20)[-1]
    sys.stdout.write(f"\n下一页, prefetched: median {middle:.0f} ms, p95 {late:.0f} ms of {len(durations)}\n")
    assert len(durations) == 2 * (officer.pages - 1)
    assert middle <= BAR_MS

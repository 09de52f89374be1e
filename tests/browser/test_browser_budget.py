"""What a first view weighs: at most 150 kB compressed, on every page of the guide's way (ui.md section 10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People

from local_stack import Stack

LIMIT = 150_000
PUBLIC = [
    "/",
    "/login",
    "/bureaus",
    "/progress",
    "/notices",
    "/help",
    "/help/unit",
    "/help/bureau",
    "/help/accessibility",
    "/verify",
]
UNIT = ["basics", "import", "cylinders", "submit", ""]


@pytest.fixture(scope="module")
def waiting(people: People) -> Journey:
    """An application that waits for 受理."""
    return shortcuts.submitted(Journey.start(people, count=6, faulty=0))


@pytest.fixture(scope="module")
def draft(people: People) -> Journey:
    """A draft with cylinders."""
    return shortcuts.imported(Journey.start(people, count=60, faulty=0))


def test_public_pages_are_light(opened: Callable[..., Watched]) -> None:
    visitor = opened()
    sizes = {path: visitor.first_view_bytes(path) for path in PUBLIC}
    assert {path: size for path, size in sizes.items() if not 0 < size <= LIMIT} == {}


def test_pages_of_the_unit_are_light(opened: Callable[..., Watched], system: Stack, draft: Journey) -> None:
    unit = opened()
    unit.sign_in(ACCOUNTS["unit"], system.demo_password)
    unit.page.wait_for_url("**/u/**")
    paths = ["/u/", "/u/applications/new", "/u/progress", "/u/certificates"]
    paths += [f"/u/applications/{draft.application_id}/{page}" for page in UNIT]
    paths.append(f"/u/cylinders/{next(iter(draft.cylinders.values()))}/photos")
    sizes = {path: unit.first_view_bytes(path) for path in paths if not path.endswith("/")}
    sizes["/u/"] = unit.first_view_bytes("/u/")
    assert {path: size for path, size in sizes.items() if not 0 < size <= LIMIT} == {}


def test_pages_of_the_bureau_are_light(
    opened: Callable[..., Watched], system: Stack, waiting: Journey
) -> None:
    officer = opened()
    officer.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    officer.page.wait_for_url("**/b/**")
    address = f"/b/applications/{waiting.application_id}"
    paths = [
        "/b/",
        "/b/applications",
        "/b/certificates",
        address,
        f"{address}/cylinders",
        f"{address}/review",
    ]
    sizes = {path: officer.first_view_bytes(path) for path in paths}
    assert {path: size for path, size in sizes.items() if not 0 < size <= LIMIT} == {}

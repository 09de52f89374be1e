"""An officer at the bureau's pages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, ViewportSize, expect
from tests.browser.watching import Watched
from tests.e2e.journey import Journey

PHRASE = "作废该批次"
_PHONE = ViewportSize(width=390, height=844)
_SCREEN = ViewportSize(width=1366, height=768)


@dataclass
class Officer:
    """Somebody of a bureau who has signed in."""

    watched: Watched

    @classmethod
    def signed_in(cls, opened: Callable[..., Watched], username: str, password: str) -> Officer:
        watched = opened()
        watched.sign_in(username, password, "监察机构")
        expect(watched.page.get_by_role("link", name="使用登记", exact=True)).to_be_visible()
        return cls(watched)

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def panel(self) -> Locator:
        """What stands at the right of an application."""
        return self.page.locator(".stuck")

    @property
    def opinion(self) -> Locator:
        return self.panel.locator("#opinion")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("alertdialog")

    @property
    def danger(self) -> Locator:
        """The red button of the dialog."""
        return self.dialog.get_by_role("button", name="驳回（退件）并作废")

    def open(self, journey: Journey, more: str = "") -> None:
        self.watched.open(address(journey, more))

    def press(self, name: str) -> None:
        """A button of the panel."""
        self.panel.get_by_role("button", name=name).click()

    def check(self, shot: str = "") -> None:
        """No fault, and nothing to scroll sideways, neither here nor on a phone."""
        self.watched.check()
        if shot:
            self.watched.shot(shot)
        for size in (_PHONE, _SCREEN):
            self.page.set_viewport_size(size)
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size


def address(journey: Journey, more: str = "") -> str:
    """Where an application of a journey stands for officers."""
    return f"/b/applications/{journey.application_id}{more}"

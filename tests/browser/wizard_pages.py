"""Somebody of a unit on the way from a new application to its end, in a real browser."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, ViewportSize, expect
from tests.browser.watching import Watched

_PHONE = ViewportSize(width=390, height=844)
_SCREEN = ViewportSize(width=1366, height=768)


@dataclass
class Applicant:
    """Somebody of the unit who has signed in."""

    watched: Watched

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def saved(self) -> Locator:
        """Where 已自动保存 is said."""
        return self.page.locator("#saved")

    def open(self, address: str) -> None:
        self.watched.open(address)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def heading(self, name: str) -> None:
        """The page with this heading has come."""
        expect(self.page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()

    def field(self, label: str) -> Locator:
        return self.page.get_by_role("textbox", name=label)

    def check(self, shot: str = "") -> None:
        """No fault, and nothing to scroll sideways, neither here nor on a phone."""
        self.watched.check()
        if shot:
            self.watched.shot(shot)
        self.page.set_viewport_size(_PHONE)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"], self.page.url
        self.page.set_viewport_size(_SCREEN)

"""An officer at 审核附件, in a real browser."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People

from local_stack import Stack

PAGE_SIZE = 6
_UNSEEN = ".rv-page .shot.on:not([data-seen])"


@dataclass
class Officer:
    """受理 before the review of one application; ``cylinders`` of it wait."""

    watched: Watched
    application_id: str
    cylinders: int

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def number(self) -> int:
        """The page of the review that is in view."""
        return int(self.page.locator(".rv-page").get_attribute("data-page") or 0)

    @property
    def pages(self) -> int:
        return -(-self.cylinders // PAGE_SIZE)

    def open(self, number: int = 1) -> None:
        """Goes to a page of the review."""
        self.watched.open(f"/b/applications/{self.application_id}/review?page={number}")
        expect(self.page.locator(".cy").first).to_be_visible()

    def card(self, number: int) -> Locator:
        """A card by its key."""
        return self.page.locator(f'.cy[data-number="{number}"]')

    def why(self, number: int) -> Locator:
        """The reason in words on the photo in view of a card."""
        return self.card(number).locator(".shot.on .why")

    def look(self) -> None:
        """Waits until every photo in view counts as seen."""
        expect(self.page.locator(_UNSEEN)).to_have_count(0)

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def next_page(self) -> None:
        """By Enter alone: the stamps, the certificates, and the page is saved."""
        before = self.number
        self.look()
        self.press("Enter")
        self.look()
        self.press("Enter")
        if before < self.pages:
            expect(self.page.locator(".rv-page")).to_have_attribute("data-page", str(before + 1))

    def saved(self, number: int) -> None:
        """The status says that a page is saved."""
        expect(self.page.locator("[data-status]")).to_contain_text(f"第 {number} 页已保存")

    def complete(self) -> None:
        """完成 by its key, when nothing is left."""
        expect(self.page.locator("[data-left]")).to_have_text("0")
        self.press("f")

    def completed(self, right: int, wrong: int) -> None:
        """The review is done, with these counts."""
        text = f"审核附件完成：正确 {right}，错误 {wrong}。"
        expect(self.page.get_by_role("heading", name=text)).to_be_visible()


def officer_at_review(watched: Watched, people: People, system: Stack, count: int) -> Officer:
    """A submitted application, and its officer signed in before the first page."""
    journey = shortcuts.submitted(Journey.start(people, count=count, faulty=0))
    watched.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
    officer = Officer(watched, journey.application_id, count)
    officer.open()
    return officer


def review_state(people: People, officer: Officer) -> tuple[list[int], int, bool]:
    """What the service holds: the pages seen, wrong cylinders, whether the review is complete."""
    state = people["acceptance"].get(f"/api/v1/applications/{officer.application_id}/review")
    return sorted(state["seen"]), state["wrong"], state["completed"]

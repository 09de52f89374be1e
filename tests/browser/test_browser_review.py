"""审核附件 by plain forms: every photo with its verdict, 下一页, 完成."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People

from local_stack import Stack


def test_an_officer_reviews_all_photos_and_one_is_wrong(
    opened: Callable[..., Watched], people: People, system: Stack
) -> None:
    journey = shortcuts.submitted(Journey.start(people, count=8, faulty=0))
    officer = opened()
    officer.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(officer.page.get_by_role("heading", name="待办事项")).to_be_visible()
    officer.open(f"/b/applications/{journey.application_id}/review")
    page = officer.page
    expect(page.locator(".cy")).to_have_count(6)
    officer.check()
    card = page.locator(".cy").first
    card.locator(".n").first.click()
    card.get_by_label("错误原因").first.select_option("V09")
    page.get_by_role("button", name="完成").click(force=True)
    expect(page.get_by_role("alert")).to_contain_text("还有 8 只未审核")
    officer.check()
    card.locator(".n").first.click()
    card.get_by_label("错误原因").first.select_option("V09")
    officer.shot("60-review")
    page.get_by_role("button", name="下一页").click()
    expect(page.locator(".cy")).to_have_count(2)
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("[data-left]")).to_have_text("0")
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("heading", name="审核附件完成：正确 7，错误 1。")).to_be_visible()
    officer.check()

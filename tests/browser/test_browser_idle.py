"""ui.md section 3: two minutes before a sign-in ends for want of activity, a dialog asks; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.watching import Watched
from tests.e2e.people import ACCOUNTS

from local_stack import Stack

Opened = Callable[..., Watched]
SignedIn = Callable[[str], Watched]


@pytest.fixture
def at_work(opened: Opened, system: Stack) -> SignedIn:
    """Somebody at their workbench whose clock the test moves."""

    def make(name: str) -> Watched:
        someone = opened()
        someone.page.clock.install()
        tab = "使用单位" if name == "unit" else "监察机构"
        someone.sign_in(ACCOUNTS[name], system.demo_password, tab)
        expect(someone.page.get_by_role("heading", name="待办事项")).to_be_visible()
        return someone

    return make


def asking(page: Page) -> Locator:
    return page.get_by_role("alertdialog", name="即将自动退出")


def test_an_officer_is_asked_after_thirteen_minutes_and_may_go(at_work: SignedIn) -> None:
    officer = at_work("acceptance")
    officer.page.clock.fast_forward("12:50")
    expect(asking(officer.page)).to_be_hidden()
    officer.page.clock.fast_forward("00:15")
    expect(asking(officer.page)).to_contain_text("您已 13 分钟没有操作，将在")
    expect(asking(officer.page).get_by_role("button", name="继续使用")).to_be_focused()
    officer.check()
    officer.shot("6x-idle")
    asking(officer.page).get_by_role("button", name="退出").click()
    expect(officer.page.get_by_role("link", name="登录", exact=True)).to_be_visible()


def test_whoever_goes_on_stays_and_whoever_does_not_signs_in_over_the_untouched_page(
    at_work: SignedIn, system: Stack
) -> None:
    unit = at_work("unit")
    page = unit.page
    page.clock.fast_forward("28:05")
    asking(page).get_by_role("button", name="继续使用").click()
    expect(asking(page)).to_be_hidden()
    page.clock.fast_forward("27:50")
    expect(asking(page)).to_be_hidden()
    page.clock.fast_forward("00:15")
    expect(asking(page)).to_be_visible()
    _goes_on_in_another_tab(page, system)
    page.clock.fast_forward("00:02")
    expect(asking(page)).to_be_hidden()
    page.evaluate("document.querySelector('main').dataset.untouched = 'yes'")
    page.clock.fast_forward("30:05")
    again = page.get_by_role("dialog", name="登录已过期")
    expect(again).to_contain_text("未提交的内容仍在本页")
    unit.check()
    assert page.context.request.get(f"{system.base_url}/u/", max_redirects=0).status == 303
    again.get_by_label("密码").fill(system.demo_password)
    again.get_by_role("button", name="登录").click()
    expect(again).to_be_hidden()
    expect(page.locator("main")).to_have_attribute("data-untouched", "yes")
    assert page.context.request.get(f"{system.base_url}/u/", max_redirects=0).status == 200


def _goes_on_in_another_tab(page: Page, system: Stack) -> None:
    other = page.context.new_page()
    other.goto(f"{system.base_url}/u/")
    other.close()

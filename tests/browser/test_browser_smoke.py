"""Signing in by the form, the two workbenches, and the public pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.watching import Watched
from tests.e2e.people import ACCOUNTS

from local_stack import Stack


def test_a_unit_signs_in_and_sees_its_workbench(opened: Callable[..., Watched], system: Stack) -> None:
    unit = opened()
    unit.open("/")
    unit.page.get_by_role("link", name="登录").click()
    unit.check()
    unit.sign_in(ACCOUNTS["unit"], system.demo_password)
    expect(unit.page.get_by_role("heading", name="待办事项")).to_be_visible()
    expect(unit.page.get_by_role("link", name="使用登记申请").first).to_be_visible()
    unit.check()


def test_an_officer_signs_in_and_sees_the_waiting_tasks(
    opened: Callable[..., Watched], system: Stack
) -> None:
    officer = opened()
    officer.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(officer.page.get_by_role("heading", name="待办事项")).to_be_visible()
    officer.check()


@pytest.mark.parametrize("phone", [False, True], ids=["screen", "phone"])
@pytest.mark.parametrize("path", ["/", "/login", "/support", "/bureaus"])
def test_public_pages_are_clean(opened: Callable[..., Watched], path: str, phone: bool) -> None:
    visitor = opened(phone=phone)
    visitor.open(path)
    expect(visitor.page.get_by_role("heading").first).to_be_attached()
    visitor.check()
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_password_is_said_and_the_name_stays(opened: Callable[..., Watched], system: Stack) -> None:
    stranger = opened()
    stranger.sign_in("nobody-here", system.demo_password)
    expect(stranger.page.get_by_role("alert")).to_contain_text("账号或密码不正确")
    expect(stranger.page.get_by_label("账号")).to_have_value("nobody-here")
    assert stranger.violations() == []

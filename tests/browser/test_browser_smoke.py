"""Signing in by the form, and the two workbenches."""

from __future__ import annotations

from collections.abc import Callable

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

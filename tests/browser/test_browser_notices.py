"""通知公告, and 证书核验 by number and by file, on a screen and on a phone."""

from __future__ import annotations

import hmac
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import FilePayload, expect
from tests.browser.watching import Watched
from tests.e2e.people import ACCOUNTS

from local_stack import Stack

BOTH = pytest.mark.parametrize("phone", [False, True], ids=["screen", "phone"])
SMALL_PAGE = 20_000
ANSWER, SALT = "ACEF3", b"a salt of the test"
NO_PDF = FilePayload(name="x.pdf", mimeType="application/pdf", buffer=b"no pdf")
FOREIGN = FilePayload(name="x.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4\n%%EOF\n")


def clean(watched: Watched) -> None:
    """Nothing to complain of, and nothing beside the screen."""
    watched.check()
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def know_the_answer(system: Stack, watched: Watched) -> None:
    """Makes ``ANSWER`` the right one for the picture on the page: what it shows is kept nowhere."""
    captcha_id = watched.page.locator("[name=captcha_id]").get_attribute("value")
    url = system.process_env("identity")["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        done = connection.execute(
            "update captcha set salt = %s, digest = %s where id = %s",
            (SALT, hmac.digest(SALT, ANSWER.encode(), "sha256"), captcha_id),
        )
    assert done.rowcount == 1


@BOTH
def test_the_list_leads_to_a_notice_and_back(opened: Callable[..., Watched], phone: bool) -> None:
    visitor = opened(phone=phone)
    visitor.open("/notices")
    first = visitor.page.get_by_role("main").get_by_role("listitem").filter(has_text="置顶").first
    expect(first).to_contain_text("试运行的公告")
    clean(visitor)
    visitor.shot("1a-notices-phone" if phone else "1a-notices")
    first.get_by_role("link").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("试运行的公告")
    expect(visitor.page.get_by_text("发布日期")).to_be_visible()
    clean(visitor)
    visitor.shot("1b-notice-phone" if phone else "1b-notice")
    visitor.page.get_by_role("link", name="返回通知公告").click()
    expect(visitor.page.get_by_role("heading", name="通知公告", level=1)).to_be_visible()


def test_the_first_pages_show_the_newest(opened: Callable[..., Watched], system: Stack) -> None:
    visitor, officer = opened(), opened()
    visitor.open("/")
    expect(visitor.page.get_by_role("region", name="通知公告").get_by_role("link")).not_to_have_count(0)
    officer.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(officer.page.get_by_role("region", name="通知公告").get_by_role("listitem").first).to_be_visible()
    officer.check()


@BOTH
def test_a_number_and_the_code_of_the_picture(
    opened: Callable[..., Watched], system: Stack, phone: bool
) -> None:
    visitor = opened(phone=phone)
    page = visitor.page
    assert visitor.first_view_bytes("/verify?number=瓶32渝Z9999999(26)") <= SMALL_PAGE
    expect(page.get_by_label("登记证编号")).to_have_value("瓶32渝Z9999999(26)")
    expect(page.get_by_role("img", name="图形验证码")).to_be_visible()
    clean(visitor)
    visitor.shot("1c-verify-number-phone" if phone else "1c-verify-number")
    page.get_by_role("link", name="换一张").click()
    know_the_answer(system, visitor)
    page.get_by_label("图形验证码").and_(page.locator("input")).fill(ANSWER.lower())
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="查无此证")).to_be_visible()
    assert not page.context.cookies()
    assert visitor.violations() == []
    visitor.shot("1d-verify-unknown-phone" if phone else "1d-verify-unknown")


def test_a_wrong_code_brings_another_and_the_number_stays(opened: Callable[..., Watched]) -> None:
    visitor = opened(phone=True)
    page = visitor.page
    visitor.open("/verify")
    page.get_by_label("登记证编号").fill("瓶32渝Z9999999(26)")
    page.get_by_label("图形验证码").and_(page.locator("input")).fill("00000")
    old = page.locator("[name=captcha_id]").get_attribute("value")
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("alert")).to_contain_text("图形验证码不正确")
    expect(page.get_by_label("登记证编号")).to_have_value("瓶32渝Z9999999(26)")
    assert page.locator("[name=captcha_id]").get_attribute("value") != old
    assert visitor.violations() == []


@BOTH
def test_a_file_is_checked_without_scripts(opened: Callable[..., Watched], phone: bool) -> None:
    visitor = opened(phone=phone)
    page = visitor.page
    visitor.open("/verify/pdf")
    clean(visitor)
    page.get_by_label("PDF 文件").set_input_files(NO_PDF)
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("alert")).to_contain_text("只能核验PDF文件")
    assert visitor.violations() == []
    page.get_by_label("PDF 文件").set_input_files(FOREIGN)
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="不是有效的证书文件")).to_be_visible(timeout=25_000)
    assert visitor.violations() == []
    visitor.shot("1e-verify-pdf-phone" if phone else "1e-verify-pdf")

"""ui.md section 3: every refusal is a page that says what to do next, and nothing is lost when a sign-in ends."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from playwright.sync_api import expect
from tests.browser.review_pages import Officer, officer_at_review
from tests.browser.sessions import end_session
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.fixtures.processes import running, until
from tests.fixtures.wire import Wire, wire_to

from local_stack import Stack

Opened = Callable[..., Watched]


@pytest.fixture(scope="module")
def draft(people: People) -> str:
    """The address of a unit's draft."""
    return f"/u/applications/{shortcuts.opened(Journey.start(people, count=1, faulty=0)).application_id}"


def signed_in(opened: Opened, system: Stack, name: str, **more: str) -> Watched:
    """Somebody by name of ACCOUNTS at their workbench."""
    someone = opened(**more)
    tab = "使用单位" if name.startswith("unit") else "监察机构"
    someone.sign_in(ACCOUNTS[name], system.demo_password, tab)
    expect(someone.page.get_by_role("heading", name="待办事项")).to_be_visible()
    return someone


def refused(someone: Watched, status: int, title: str, shot: str) -> None:
    """The page of a refusal is there and whole."""
    expect(someone.page.get_by_role("heading", name=title, level=1)).to_be_focused()
    expect(someone.page.locator("main").get_by_role("link", name="返回首页")).to_be_visible()
    someone.forget_the_status(status)
    someone.check()
    someone.shot(shot)
    assert someone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_of_another_role_says_whom_to_ask(opened: Opened, system: Stack) -> None:
    officer = signed_in(opened, system, "acceptance")
    officer.open("/u/")
    refused(officer, 403, "没有权限", "6x-error-403")
    expect(officer.page.get_by_role("alert")).to_contain_text("如需办理请联系本单位或本局管理员")


def test_what_is_anothers_looks_as_if_it_did_not_exist(opened: Opened, system: Stack, draft: str) -> None:
    stranger = signed_in(opened, system, "unit2")
    for address in (draft, f"/u/applications/{'0' * 32}"):
        stranger.open(address)
        refused(stranger, 404, "没有找到", "6x-error-404")
        said = "没有找到该页面或申请，或它不属于您的单位。"
        expect(stranger.page.get_by_role("alert")).to_contain_text(said)


def test_a_form_that_came_too_late_is_told_and_leads_to_the_newest(
    opened: Opened, people: People, system: Stack
) -> None:
    officer = officer_at_review(opened(), people, system, count=1)
    _saved_by_the_same_officer_elsewhere(officer, people)
    officer.page.evaluate("document.querySelector('[data-review]').submit()")
    refused(officer.watched, 409, "内容已被更新", "6x-error-409")
    officer.page.get_by_role("link", name="重新打开本页").click()
    expect(officer.page.get_by_role("heading", name="审核附件", level=1)).to_be_visible()


def _saved_by_the_same_officer_elsewhere(officer: Officer, people: People) -> None:
    address = f"/api/v1/applications/{officer.application_id}/review/pages/1"
    held = people["acceptance"].get(address)
    shown = [photo["id"] for cylinder in held["cylinders"] for photo in cylinder["photos"]]
    people["acceptance"].send("PUT", address, {"version": held["version"], "shown": shown, "wrong": []})


def test_too_many_tries_wait_for_their_time(opened: Opened, system: Stack, somewhere: str) -> None:
    pair = {"application_no": "CQ2020010100001", "credit_code_tail": "ZZZZZZ"}
    with httpx.Client(base_url=system.base_url, headers={"X-Forwarded-For": somewhere}) as program:
        codes = [program.post("/api/v1/public/progress", json=pair).status_code for _ in range(31)]
    assert codes == [404] * 3 + [403] * 27 + [429]
    visitor = opened(address=somewhere)
    visitor.open("/progress")
    visitor.page.get_by_label("申请编号").fill(pair["application_no"])
    visitor.page.get_by_label("统一社会信用代码后 6 位").fill(pair["credit_code_tail"])
    visitor.page.get_by_role("button", name="查询").click()
    refused(visitor, 429, "操作过于频繁", "6x-error-429")
    said = visitor.page.get_by_role("alert")
    expect(said).to_contain_text(re.compile(r"操作过于频繁，请 \d+ 秒后再试。"))
    before = int(said.locator("[data-countdown]").inner_text())
    expect(said.locator("[data-countdown]")).not_to_have_text(str(before))
    assert int(said.locator("[data-countdown]").inner_text()) < before


@contextmanager
def without_table(system: Stack, service: str, table: str) -> Iterator[None]:
    """A fault that no service foresees: one of its tables has another name for a while."""
    with psycopg.connect(system.admin_url(service), autocommit=True) as database:
        database.execute(f"alter table {table} rename to {table}_gone")
        try:
            yield
        finally:
            database.execute(f"alter table {table}_gone rename to {table}")


def test_what_nobody_foresaw_has_a_number_and_no_traceback(opened: Opened, system: Stack) -> None:
    visitor = opened()
    with without_table(system, "identity", "notice"):
        visitor.open("/notices")
    refused(visitor, 500, "系统出现问题", "6x-error-500")
    said = visitor.page.get_by_role("alert")
    expect(said).to_contain_text("系统出现问题，已自动记录。您可以稍后重试；如急需办理，请提供错误编号")
    number = said.locator("code").inner_text()
    assert len(number) >= 8
    assert number in (system.layout.log / "gateway-http.log").read_text(encoding="utf-8")
    assert "Traceback" not in visitor.page.content()
    visitor.open("/notices")
    expect(visitor.page.get_by_role("heading", name="通知公告")).to_be_visible()


@pytest.fixture(scope="module")
def bus(system: Stack) -> Iterator[Wire]:
    """The way to the broker, which can be cut."""
    at = urlsplit(system.amqp_url)
    with wire_to(at.hostname or "", at.port or 0) as wire:
        yield wire


@pytest.fixture(scope="module")
def far(system: Stack, bus: Wire) -> Iterator[str]:
    """The address of another gateway, which asks the services by that way."""
    at = urlsplit(system.amqp_url)
    user, _, _ = at.netloc.rpartition("@")
    http, health = system.ports.transient(), system.ports.transient()
    environment = system.process_env("gateway-http") | {
        "AMQP_URL": urlunsplit(at._replace(netloc=f"{user}@127.0.0.1:{bus.port}")),
        "HTTP_PORT": str(http),
        "BASE_URL": f"http://127.0.0.1:{http}",
    }
    with running("gateway", environment, health, ready_s=90):
        yield environment["BASE_URL"]
        bus.mend()


def test_without_the_services_the_page_says_so_and_comes_by_itself(
    opened: Opened, system: Stack, bus: Wire, far: str
) -> None:
    unit = signed_in(opened, system, "unit", at=far)
    unit.page.clock.install()
    bus.cut()
    unit.open("/u/certificates")
    refused(unit, 503, "服务暂不可用", "6x-error-503")
    said = unit.page.get_by_role("alert")
    expect(said).to_contain_text("服务暂不可用，请稍后重试；您的内容没有丢失。")
    expect(said).to_contain_text("秒后自动重试")
    bus.mend()
    until(lambda: httpx.get(f"{far}/readyz").status_code == 200)
    unit.page.clock.fast_forward("00:31")
    expect(unit.page.get_by_role("heading", name="证书下载")).to_be_visible()
    unit.check()


def test_what_was_typed_outlives_the_end_of_the_sign_in(opened: Opened, system: Stack, draft: str) -> None:
    unit = signed_in(opened, system, "unit")
    page = unit.page
    unit.open(f"{draft}/basics")
    end_session(page.context, system)
    place, typed = page.get_by_label("设备使用地点"), f"示例路 {secrets.token_hex(4)} 号（虚构）"
    place.fill(typed)
    place.blur()
    dialog = page.get_by_role("dialog", name="登录已过期")
    expect(dialog).to_contain_text("登录已过期，请重新登录后继续。未提交的内容仍在本页。")
    unit.forget_the_status(401)
    unit.check()
    unit.shot("6x-sign-in-ended")
    dialog.get_by_label("密码").fill(system.demo_password)
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_be_hidden()
    expect(place).to_have_value(typed)
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    unit.check()


def test_another_account_does_not_go_on_with_anothers_page(opened: Opened, system: Stack, draft: str) -> None:
    unit = signed_in(opened, system, "unit")
    page = unit.page
    unit.open(f"{draft}/basics")
    end_session(page.context, system)
    typed = f"示例路 {secrets.token_hex(4)} 号（虚构）"
    page.get_by_label("设备使用地点").fill(typed)
    page.get_by_label("设备使用地点").blur()
    dialog = page.get_by_role("dialog", name="登录已过期")
    dialog.get_by_label("账号").fill(ACCOUNTS["unit2"])
    dialog.get_by_label("密码").fill(system.demo_password)
    dialog.get_by_role("button", name="登录").click()
    page.wait_for_url("**/u/")
    assert typed not in page.content()

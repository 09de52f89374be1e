"""What anybody sees without an account: home, help, progress by number, sign-in, and the pages of refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.sessions import end_session
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People

from local_stack import Stack

PAGES = {
    "/": "10-home",
    "/login": "11-login",
    "/support": "12-support",
    "/bureaus": "13-bureaus",
    "/progress": "14-progress",
    "/help": "16-help",
    "/help/unit": "17-help-unit",
    "/help/bureau": "18-help-bureau",
    "/help/accessibility": "18-help-accessibility",
}
STEPS = ["提交", "受理", "审核", "审批", "证书生成"]
Opened = Callable[..., Watched]


def ask_progress(visitor: Watched, application_no: str, tail: str) -> None:
    """Fills in the two fields of the page and presses 查询."""
    form = visitor.page.locator("form[action='/progress']")
    form.get_by_label("申请编号").fill(application_no)
    form.get_by_label("统一社会信用代码后 6 位").fill(tail)
    form.get_by_role("button", name="查询").click()


@pytest.fixture(scope="module")
def accepted(people: People) -> tuple[str, str]:
    """An accepted application's 申请编号, and the end of its unit's code."""
    journey = shortcuts.accepted(Journey.start(people, count=2, faulty=0))
    code: str = people.unit.get("/api/v1/units/me")["credit_code"]
    number: str = people.unit.get(f"/api/v1/applications/{journey.application_id}")["application_no"]
    return number, code[-6:]


@pytest.mark.parametrize("phone", [False, True], ids=["screen", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_public_pages_are_clean(opened: Opened, path: str, phone: bool) -> None:
    visitor = opened(phone=phone)
    visitor.open(path)
    expect(visitor.page.get_by_role("heading", level=1)).to_be_attached()
    visitor.check()
    visitor.shot(PAGES[path] + ("-phone" if phone else ""))
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_help_has_the_chapters_of_the_guide_in_their_order(opened: Opened) -> None:
    visitor = opened()
    visitor.open("/help")
    visitor.page.get_by_role("link", name="导入气瓶信息").first.click()
    expect(visitor.page.locator("#import")).to_be_in_viewport()
    unit = ["登录", "填写单位基本信息", "导入气瓶信息", "上传钢印及监检证书照片", "提交使用登记表"]
    headings = visitor.page.get_by_role("heading", level=2)
    expect(headings).to_have_text([f"{nth}. {title}" for nth, title in enumerate(unit, 1)])
    visitor.open("/help/bureau")
    bureau = ["登录", "受理", "审核", "审批", "证书生成"]
    expect(headings).to_have_text([f"{nth}. {title}" for nth, title in enumerate(bureau, 1)])
    expect(visitor.page.get_by_text("温馨提醒：")).to_have_count(3)


def test_every_question_of_the_help_opens(opened: Opened) -> None:
    visitor = opened(phone=True)
    visitor.open("/help")
    for question in visitor.page.locator("details.ask summary").all():
        question.click()
    expect(visitor.page.locator("details.ask[open] p")).to_have_count(6)
    visitor.check()


def test_from_the_first_page_to_the_progress_of_an_application(
    opened: Opened, accepted: tuple[str, str]
) -> None:
    visitor = opened()
    visitor.open("/")
    ask_progress(visitor, accepted[0], accepted[1].lower())
    expect(visitor.page.get_by_role("heading", name=accepted[0])).to_be_focused()
    steps = visitor.page.locator("ol.rail > li")
    expect(steps).to_have_count(len(STEPS))
    for step, name in zip(steps.all(), STEPS, strict=True):
        expect(step).to_contain_text(name)
    expect(visitor.page.locator("[aria-current=step]")).to_have_text("审核办理中")
    assert accepted[1] not in visitor.page.url
    visitor.check()
    visitor.shot("15-progress-found")


def test_the_progress_fits_a_phone(opened: Opened, accepted: tuple[str, str]) -> None:
    visitor = opened(phone=True)
    visitor.open("/progress")
    ask_progress(visitor, *accepted)
    expect(visitor.page.get_by_text("已受理待审核")).to_be_visible()
    visitor.check()
    visitor.shot("15-progress-found-phone")
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_number_and_a_wrong_code_read_the_same_and_what_was_typed_stays(
    opened: Opened, accepted: tuple[str, str], somewhere: str
) -> None:
    visitor = opened(address=somewhere)
    for number, tail in ((accepted[0], "ZZZZZZ"), ("CQ2020010100001", accepted[1])):
        visitor.open("/progress")
        ask_progress(visitor, number, tail)
        said = "没有找到。请核对申请编号和信用代码后 6 位。"
        expect(visitor.page.get_by_role("alert")).to_have_text(said)
        expect(visitor.page.get_by_label("申请编号")).to_have_value(number)
        visitor.check()
    visitor.shot("15-progress-not-found")
    assert visitor.page.get_by_label("图形验证码").count() == 0
    ask_progress(visitor, accepted[0], "ZZZZZZ")
    expect(visitor.page.get_by_role("img", name="图形验证码")).to_be_visible()
    visitor.check()
    visitor.shot("15-progress-picture")
    visitor.page.get_by_label("图形验证码").fill("0")
    ask_progress(visitor, *accepted)
    expect(visitor.page.locator("#answer-fault")).to_have_text("图形验证码不正确，请输入新的验证码。")
    expect(visitor.page.get_by_label("申请编号")).to_have_value(accepted[0])
    expect(visitor.page.get_by_label("图形验证码")).to_have_value("")


def test_a_code_that_is_too_short_is_said_at_its_field(opened: Opened) -> None:
    visitor = opened()
    visitor.open("/progress")
    ask_progress(visitor, "CQ2026112400001", "123")
    expect(visitor.page.get_by_role("alert")).to_contain_text("有 1 处需要修改")
    expect(visitor.page.locator("#credit_code_tail-fault")).to_have_text("请填写统一社会信用代码的后 6 位")
    assert visitor.violations() == []


def test_a_wrong_password_is_said_and_the_name_stays(opened: Opened, system: Stack) -> None:
    stranger = opened()
    stranger.sign_in("nobody-here", system.demo_password)
    expect(stranger.page.get_by_role("alert")).to_contain_text("账号或密码不正确")
    expect(stranger.page.get_by_label("账号")).to_have_value("nobody-here")
    assert stranger.violations() == []


@pytest.mark.parametrize("phone", [False, True], ids=["screen", "phone"])
def test_an_address_that_is_no_page_says_where_to_go(opened: Opened, phone: bool) -> None:
    lost = opened(phone=phone)
    lost.open("/nowhere")
    expect(lost.page.get_by_text("没有找到该页面或申请，或它不属于您的单位。")).to_be_visible()
    expect(lost.page.get_by_role("link", name="返回首页")).to_be_visible()
    assert lost.violations() == []
    lost.page.locator("main").get_by_role("link", name="使用登记进度").click()
    expect(lost.page.get_by_role("heading", name="使用登记进度")).to_be_visible()


def test_a_session_that_ended_asks_for_the_password_over_the_untouched_page(
    opened: Opened, system: Stack
) -> None:
    officer = opened()
    page = officer.page
    page.clock.install()
    officer.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(page.get_by_role("heading", name="待办事项")).to_be_visible()
    page.evaluate("document.querySelector('main').dataset.untouched = 'yes'")
    end_session(page.context, system)
    page.clock.fast_forward("01:05")
    dialog = page.get_by_role("dialog", name="登录已过期")
    expect(dialog).to_contain_text("登录已过期，请重新登录后继续。未提交的内容仍在本页。")
    assert officer.violations() == []
    officer.shot("19-sign-in-again")
    dialog.get_by_label("密码").fill("not-this-one")
    dialog.get_by_role("button", name="登录").click()
    expect(dialog.get_by_role("alert")).to_contain_text("账号或密码不正确")
    dialog.get_by_label("密码").fill(system.demo_password)
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("main")).to_have_attribute("data-untouched", "yes")
    with page.expect_response(lambda each: "/b/new-tasks" in each.url) as polled:
        page.clock.fast_forward("01:05")
    assert polled.value.status < 300

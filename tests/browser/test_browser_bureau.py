"""ui.md sections 6.1 to 6.9: the workbench, one application and its decisions, rejection, certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import expect
from tests.browser.bureau_pages import PHRASE, Officer, address
from tests.browser.watching import Watched
from tests.e2e import steps_bureau
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.shortcuts import accepted, submitted

from local_stack import Stack

At = Callable[[str], Officer]
COUNT, FEW = 10, 3
MUNICIPAL = "demo-municipal"
OTHER_DISTRICT = "500107"
MADE_MS = 60_000  # a certificate is drawn, signed and kept
SAME_PERSON = "您已办理本申请的受理，审核须由其他人员办理。"
ADDED = "现场核对无误。"


@pytest.fixture
def at(opened: Callable[..., Watched], system: Stack) -> At:
    """An officer by name of ACCOUNTS, signed in."""
    return lambda name: Officer.signed_in(opened, ACCOUNTS.get(name, name), system.demo_password)


@pytest.fixture(scope="module")
def waiting(people: People) -> Journey:
    """Three cylinders wait for 受理; their photos were not looked at."""
    return submitted(Journey.start(people, count=FEW, faulty=0))


@pytest.fixture(scope="module")
def reviewed(people: People) -> Journey:
    """One of three is wrong."""
    journey = submitted(Journey.start(people, count=FEW, faulty=0))
    steps_bureau.review(journey)
    return journey


def test_from_the_workbench_to_the_certificate_by_four_hands(at: At, waiting: Journey) -> None:
    _accepts(at("acceptance"), waiting)
    _passes(at("examination"), waiting, "审核通过", "已审核，进入“审批”。", "53-examination")
    _passes(at("approval"), waiting, "审批通过", "已审批，进入“证书生成”。", "54-approval")
    _issues(at("issue"), waiting)


def _accepts(officer: Officer, journey: Journey) -> None:
    page = officer.page
    steps_bureau.find_task(journey.people["acceptance"], "acceptance", journey.application_id)
    page.reload()
    sentence = page.get_by_role("navigation", name="待办事项").get_by_role("link").first
    expect(sentence).to_contain_text(re.compile(r"您有[\d,]+条使用登记的受理任务需要处理"))
    officer.check("50-bureau-workbench")
    sentence.click()
    expect(page.get_by_role("heading", name="待受理")).to_be_visible()
    page.get_by_role("link", name="使用登记", exact=True).click()
    page.get_by_role("searchbox").fill(journey.application_no)
    page.get_by_role("button", name="查询").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    officer.check("51-bureau-applications")
    page.get_by_role("link", name=f"详情 {journey.application_no}").click()
    expect(page.get_by_role("heading", name="使用登记受理")).to_be_visible()
    _can_not_accept_yet(officer)
    steps_bureau.review(journey)
    page.reload()
    expect(officer.opinion).to_have_value(re.compile("其中 1 只气瓶图片与信息不一致，不予登记。$"))
    officer.opinion.fill("")
    phrase = officer.panel.get_by_role("group", name="常用意见").get_by_role("button").nth(1)
    phrase.click()
    expect(officer.opinion).to_have_value(phrase.inner_text())
    officer.check("52-acceptance")
    officer.press(f"受理（登记 {journey.left} 只）")
    expect(page.get_by_role("status").filter(has_text="已受理，进入“审核”。")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^(打开|返回首页)$"))).to_be_focused()
    expect(officer.panel).to_contain_text("本申请等待“审核”")
    officer.check("52-accepted")


def _can_not_accept_yet(officer: Officer) -> None:
    button = officer.panel.get_by_role("button", name="受理（登记")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_accessible_description(f"请先完成“审核附件”（剩 {FEW} 只） 审核附件")
    button.click(force=True)
    expect(officer.page.get_by_role("heading", name="使用登记受理")).to_be_visible()
    expect(officer.page.get_by_text("已提交待受理")).to_be_visible()
    officer.check()


def _passes(officer: Officer, journey: Journey, button: str, said: str, shot: str) -> None:
    officer.open(journey)
    expect(officer.panel.locator(".earlier dd").first).to_contain_text("照片已逐只核对")
    officer.check(shot)
    officer.press(button)
    expect(officer.page.get_by_role("status").filter(has_text=said)).to_be_visible()
    officer.check()


def _issues(officer: Officer, journey: Journey) -> None:
    page = officer.page
    officer.open(journey)
    expect(officer.panel).to_contain_text(f"登记 {journey.left} 只（不含不予登记 1 只）")
    officer.check()
    officer.panel.get_by_role("link", name="证书生成").click()
    expect(page.get_by_role("listitem").filter(has_text="分配编号")).to_be_visible()
    officer.check("55-issue")
    page.get_by_role("button", name="证书生成").click()
    expect(page.get_by_text("证书已生成")).to_be_visible(timeout=MADE_MS)
    expect(page.locator(".rail .done")).to_have_count(5)
    expect(page.locator(".phead")).to_contain_text("已发证")
    number = page.get_by_role("status").locator("b.no").inner_text()
    officer.check("56-issued")
    _gives(officer, page.get_by_role("link", name="下载证书").get_attribute("href"), b"%PDF-")
    _gives(officer, page.get_by_role("link", name="下载气瓶清单").get_attribute("href"), b"PK")
    page.get_by_role("link", name="证书", exact=True).click()
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("有效")
    officer.check("57-certificates")
    _gives(officer, row.get_by_role("link", name="下载证书").get_attribute("href"), b"%PDF-")
    officer.open(journey)
    expect(officer.panel).to_contain_text(number)
    officer.check()


def _gives(officer: Officer, href: str | None, begins: bytes) -> None:
    answer = officer.page.context.request.get(f"{officer.watched.base_url}{href}")
    assert (answer.status, answer.body()[: len(begins)]) == (200, begins), href


def test_whoever_accepted_reads_why_another_person_must_examine(at: At, people: People) -> None:
    one_for_all = People(people.stack, stand_ins={"acceptance": "other_district"})
    with closing(one_for_all):
        journey = accepted(Journey.start(one_for_all, count=3, faulty=0, district=OTHER_DISTRICT))
    officer = at("other_district")
    officer.open(journey)
    expect(officer.panel).to_contain_text(SAME_PERSON)
    expect(officer.panel.get_by_role("button")).to_have_count(0)
    expect(officer.page.get_by_text("驳回（退件）…")).to_have_count(0)
    officer.check()
    officer.open(journey, "/reject")
    expect(officer.page.locator("main")).to_contain_text(SAME_PERSON)
    officer.check()


def test_an_opinion_is_kept_when_somebody_was_quicker(at: At, reviewed: Journey) -> None:
    officer = at("acceptance")
    officer.open(reviewed)
    officer.opinion.fill(ADDED)
    steps_bureau.accept(reviewed)
    officer.press(f"受理（登记 {reviewed.left} 只）")
    expect(officer.page.get_by_role("alert")).to_contain_text("当前状态：已受理待审核，等待“审核”")
    expect(officer.page.get_by_label("您刚才填写的意见")).to_have_value(ADDED)
    expect(officer.panel.get_by_role("button", name="受理")).to_have_count(0)
    officer.watched.forget_the_status(409)
    officer.check("58-overtaken")


def test_others_read_it_or_do_not_find_it(at: At, reviewed: Journey) -> None:
    reader = at(MUNICIPAL)
    reader.check()
    reader.open(reviewed)
    expect(reader.panel).to_contain_text("只读：本申请等待")
    expect(reader.panel.get_by_role("button")).to_have_count(0)
    reader.check()
    stranger = at("other_district")
    for more in ("", "/cylinders", "/certificate", "/reject"):
        answer = stranger.page.goto(f"{stranger.watched.base_url}{address(reviewed, more)}")
        assert (answer.status if answer else None) == 404, more
        stranger.watched.forget_the_status(404)
    stranger.check()


def test_a_rejection_is_typed_out_and_voids_the_batch(at: At, people: People) -> None:
    journey = submitted(Journey.start(people, count=COUNT, faulty=0))
    steps_bureau.review(journey)
    officer = at("acceptance")
    officer.open(journey)
    expect(officer.panel.get_by_text("驳回（退件）将作废该批次申请，不能恢复，请谨慎操作。")).to_be_visible()
    officer.panel.get_by_role("button", name="驳回（退件）…").or_(
        officer.panel.get_by_role("link", name="驳回（退件）…")
    ).click()
    dialog = officer.dialog
    expect(dialog.get_by_role("button", name="取消")).to_be_focused()
    expect(dialog).to_contain_text(f"作废整批 {COUNT} 只气瓶的申请")
    expect(dialog).to_contain_text("本批只有 1 只标为“错误”（10.0%）")
    officer.check()
    _nothing_but_the_whole_phrase(officer)
    _reason_and_text_are_asked_for(officer)
    officer.danger.click()
    expect(
        officer.page.get_by_role("status").filter(has_text="已驳回，该批次作废，已通知使用单位。")
    ).to_be_visible()
    expect(officer.panel).to_contain_text("该批次作废，不能恢复")
    expect(officer.page.locator(".rail .void")).to_contain_text("受理")
    officer.check("59-voided")
    state = people.unit.get(journey.application)["state"]
    assert state == "rejected"


def _nothing_but_the_whole_phrase(officer: Officer) -> None:
    dialog, confirm = officer.dialog, officer.dialog.get_by_label(f"请输入“{PHRASE}”确认")
    expect(officer.danger).to_have_attribute("aria-disabled", "true")
    confirm.fill(PHRASE[:3])
    expect(dialog.get_by_text("还差 2 个字，输入完整后才能驳回")).to_be_visible()
    officer.danger.click(force=True)
    expect(confirm).to_be_focused()
    confirm.fill(PHRASE)
    expect(officer.danger).to_have_attribute("aria-disabled", "false")
    confirm.press("Enter")
    expect(dialog).to_be_visible()
    assert "done=" not in officer.page.url


def _reason_and_text_are_asked_for(officer: Officer) -> None:
    """The browser asks for the reason and ten characters; the server does when the browser does not."""
    dialog = officer.dialog
    dialog.get_by_label("驳回原因").select_option(index=1)
    told = dialog.get_by_label("需要一次性告知的全部内容")
    told.fill("地点不符。")
    expect(dialog.get_by_text("还差 5 个字")).to_be_visible()
    officer.check("59-rejecting")
    dialog.locator("form").evaluate("form => { form.noValidate = true; }")
    officer.danger.click()
    page = officer.page
    expect(page.get_by_role("alert")).to_contain_text("至少 10 个字")
    expect(page.locator("#told")).to_have_value("地点不符。")
    officer.watched.forget_the_status(422)
    officer.check()
    page.go_back()
    page.reload()
    officer.panel.get_by_text("驳回（退件）…").click()
    dialog.get_by_label("驳回原因").select_option(index=1)
    told.fill("登记表所列使用地点与实际不符，请核实后重新申请。")
    dialog.get_by_label(f"请输入“{PHRASE}”确认").fill(PHRASE)

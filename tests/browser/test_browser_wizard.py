"""ui.md sections 5.2, 5.7 to 5.9: from a new application to its submission, its progress and its certificate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect
from tests.browser.watching import Watched
from tests.browser.wizard_pages import Applicant
from tests.e2e import shortcuts, steps_bureau, steps_unit
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.shortcuts import accepted, imported, submitted

from local_stack import Stack

Open = Callable[..., Watched]
NEXT = "下一步：导入气瓶信息"
VOW = re.compile("在此申明")


@pytest.fixture(scope="module")
def neighbours(system: Stack) -> Iterator[People]:
    """The other unit, so that nobody else changes its facts meanwhile."""
    with closing(People(system, stand_ins={"unit": "unit2"})) as everybody:
        steps_unit.basic_data(Journey.start(everybody, count=1, faulty=0))
        yield everybody


@pytest.fixture(scope="module")
def session() -> dict[str, str]:
    """The cookies of the one who signed in for the first test, as the last page left them."""
    return {}


@pytest.fixture
def applicant(opened: Open, system: Stack, session: dict[str, str]) -> Iterator[Applicant]:
    watched = opened()
    context = watched.page.context
    someone = Applicant(watched)
    if session:
        context.add_cookies(
            [{"name": name, "value": value, "url": system.base_url} for name, value in session.items()]
        )
        someone.open("/u/")
    else:
        watched.sign_in(ACCOUNTS["unit2"], system.demo_password)
    someone.heading("待办事项")
    yield someone
    session.update({cookie["name"]: cookie["value"] for cookie in context.cookies()})


def test_a_new_application_has_its_number_and_leads_to_the_units_facts(applicant: Applicant) -> None:
    applicant.page.get_by_role("main").get_by_role("link", name="使用登记申请").first.click()
    applicant.heading("使用登记申请")
    applicant.page.get_by_role("radio", name="无缝气瓶").check()
    applicant.check("21-new-application")
    applicant.press("下一步：单位基本信息")
    applicant.heading("单位基本信息")
    expect(applicant.page.get_by_text(re.compile(r"申请编号 CQ\d{13}"))).to_be_visible()
    expect(applicant.page.locator(".stepper")).to_contain_text("无缝气瓶")
    applicant.check("22-basics")
    applicant.press("删除草稿")
    expect(applicant.dialog.get_by_role("button", name="取消")).to_be_focused()
    applicant.check("23-delete-draft")
    applicant.dialog.get_by_role("button", name="删除草稿").click()
    applicant.heading("待办事项")
    expect(applicant.page.get_by_role("row").nth(1)).to_contain_text("已撤回")


def test_faults_of_the_units_facts_stand_in_a_summary_and_at_the_fields(
    applicant: Applicant, neighbours: People
) -> None:
    draft = opened_draft(neighbours)
    applicant.open(f"/u/applications/{draft.application_id}/basics")
    applicant.field("邮政编码").fill("4000")
    applicant.field("部门名称").fill("")
    applicant.press(NEXT)
    expect(applicant.alert).to_be_focused()
    expect(applicant.alert).to_contain_text("有 2 处需要修改")
    expect(applicant.field("邮政编码")).to_have_value("4000")
    expect(applicant.field("邮政编码")).to_have_attribute("aria-invalid", "true")
    applicant.watched.forget_the_status(422)
    applicant.check("24-basics-faults")
    applicant.alert.get_by_role("link", name="邮政编码").click()
    expect(applicant.field("邮政编码")).to_be_focused()


def test_facts_are_saved_by_themselves_and_one_s_own_saving_is_no_conflict(
    applicant: Applicant, neighbours: People
) -> None:
    draft = opened_draft(neighbours)
    applicant.open(f"/u/applications/{draft.application_id}/basics")
    applicant.field("部门负责人").fill("演示戊")
    applicant.field("部门名称").focus()
    expect(applicant.saved).to_contain_text("已自动保存")
    applicant.check("25-basics-saved")
    applicant.field("设备使用地点").fill("重庆市渝中区演示路2号充装站")
    applicant.press(NEXT)  # leaves the field, so a save is on its way when the form is sent
    expect(applicant.page).to_have_url(re.compile("/import$"))
    unit = neighbours.unit.get("/api/v1/units/me")
    assert unit["safety_department"]["head"] == "演示戊"
    assert unit["use_place"] == "重庆市渝中区演示路2号充装站"


def test_somebody_else_of_the_unit_was_quicker_and_what_was_typed_stays(
    applicant: Applicant, neighbours: People
) -> None:
    draft = opened_draft(neighbours)
    applicant.open(f"/u/applications/{draft.application_id}/basics")
    expect(applicant.field("部门负责人")).to_be_visible()
    steps_unit.basic_data(draft)
    applicant.page.evaluate("document.querySelector('#address').value = '重庆市渝中区演示路3号'")
    applicant.press(NEXT)
    expect(applicant.alert).to_contain_text("已由本单位其他人员修改")
    expect(applicant.field("单位地址")).to_have_value("重庆市渝中区演示路3号")
    applicant.watched.forget_the_status(409)
    applicant.check("26-basics-conflict")
    applicant.press(NEXT)
    expect(applicant.page).to_have_url(re.compile("/import$"))


def test_everything_that_is_missing_has_its_link_and_then_the_form_is_submitted(
    applicant: Applicant, neighbours: People
) -> None:
    empty = opened_draft(neighbours)
    applicant.open(f"/u/applications/{empty.application_id}/submit")
    expect(applicant.page.get_by_role("link", name="去导入")).to_have_attribute(
        "href", re.compile("/import$")
    )
    expect(applicant.page.get_by_text("尚未导入气瓶信息")).to_be_visible()
    applicant.check("27-submit-missing")
    journey = imported(Journey.start(neighbours, count=2, faulty=0))
    applicant.open(f"/u/applications/{journey.application_id}/submit")
    link = applicant.page.get_by_role("link", name="去上传").first
    expect(link).to_have_attribute("href", re.compile(r"/cylinders\?has_photos=false$"))
    button = applicant.page.get_by_role("button", name="提交使用登记表", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    for step in (steps_unit.photos, steps_unit.photos_ready):
        step(journey)
    applicant.page.reload()
    expect(applicant.page.get_by_text("全部满足")).to_be_visible()
    expect(applicant.page.get_by_role("columnheader", name="信息化管理情况")).to_be_visible()
    applicant.check("28-submit-complete")
    applicant.press("提交使用登记表")
    expect(applicant.dialog).to_be_hidden()  # the form itself comes first
    applicant.page.get_by_role("checkbox", name=VOW).check()
    applicant.field("填表人员").fill("演示丁")
    applicant.press("提交使用登记表")
    expect(applicant.dialog).to_contain_text("提交 2 只气瓶的使用登记申请")
    applicant.check("29-submit-confirm")
    applicant.dialog.get_by_role("button", name="提交", exact=True).click()
    applicant.heading("已提交使用登记表")
    expect(applicant.page.get_by_text("5 个工作日")).to_be_visible()
    applicant.check("2a-submitted")
    applicant.page.get_by_role("link", name="查看办理进度").click()
    applicant.heading("使用登记进度")
    applicant.check("2b-progress")
    taken_back_and_ended(applicant, journey)


def taken_back_and_ended(applicant: Applicant, journey: Journey) -> None:
    """撤回修改, submitted once more, and then 撤销申请; its line in 使用登记进度."""
    applicant.press("撤回修改")
    applicant.check("2c-take-back")
    applicant.dialog.get_by_role("button", name="撤回修改").click()
    applicant.heading("单位基本信息")
    expect(applicant.page.locator(".stepper")).to_contain_text("已上传 2 / 2 只")
    steps_unit.submit(journey)
    applicant.open(f"/u/applications/{journey.application_id}")
    applicant.press("撤销申请")
    applicant.check()
    applicant.dialog.get_by_role("button", name="撤销申请").click()
    applicant.heading("待办事项")
    applicant.open("/u/progress")
    applicant.field("申请编号").fill(journey.application_no)
    applicant.page.get_by_role("combobox", name="状态").select_option("withdrawn")
    applicant.press("查询")
    expect(applicant.page.get_by_role("row")).to_have_count(2)
    expect(applicant.page.get_by_role("row").nth(1)).to_contain_text("已撤回")
    applicant.check("2d-progress-list")
    applicant.page.get_by_role("combobox", name="状态").select_option("certified")
    applicant.press("查询")
    expect(applicant.page.get_by_text("没有符合条件的申请。")).to_be_visible()
    applicant.check()


def test_a_rejection_tells_its_reason_in_full(applicant: Applicant, neighbours: People) -> None:
    journey = submitted(Journey.start(neighbours, count=1, faulty=0))
    steps_bureau.decide(journey, "acceptance", "reject", reason_code="R01", confirm="作废该批次")
    applicant.open(f"/u/applications/{journey.application_id}")
    expect(applicant.page.get_by_text("该申请已被驳回（退件），整批作废。")).to_be_visible()
    expect(applicant.page.get_by_text("驳回原因：")).not_to_contain_text("—")
    expect(
        applicant.page.get_by_text(f"需要一次性告知的全部内容：{steps_bureau.OPINIONS['acceptance']}")
    ).to_be_visible()
    applicant.check("2e-rejected")


def test_a_certificate_is_there_and_what_was_not_registered_with_its_reason(
    applicant: Applicant, neighbours: People
) -> None:
    journey = accepted(Journey.start(neighbours, count=2, faulty=0))
    applicant.open(f"/u/certificates?application_id={journey.application_id}")
    expect(applicant.page.get_by_text("证书还没有生成。")).to_be_visible()
    applicant.check()
    for step in (steps_bureau.examine, steps_bureau.approve, steps_bureau.issue):
        step(journey)
    applicant.open(f"/u/applications/{journey.application_id}")
    refused = applicant.page.get_by_role("region", name="不予登记的气瓶").first
    expect(refused.get_by_role("row").filter(has_text=journey.wrong_serial)).to_contain_text("无法辨认")
    applicant.check("2f-certified")
    applicant.page.get_by_role("link", name="下载证书").click()
    expect(applicant.page.get_by_role("row")).to_have_count(2)
    expect(applicant.page.get_by_role("row").nth(1)).to_contain_text(str(journey.certificate["number"]))
    applicant.check("2g-certificates")
    answer = applicant.page.request.get(
        applicant.watched.base_url
        + str(applicant.page.get_by_role("link", name="下载证书").get_attribute("href"))
    )
    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-")


def opened_draft(people: People) -> Journey:
    """A draft without cylinders."""
    return shortcuts.opened(Journey.start(people, count=1, faulty=0))

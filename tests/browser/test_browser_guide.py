"""The whole way of the user guide by mouse: one test for each of its paragraphs, one application through them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from tests.browser.conftest import AXE, SCREEN, storage_origin
from tests.browser.guide_walk import CYLINDERS, FAULTY, Way
from tests.browser.review_pages import Officer
from tests.browser.watching import Watched

from local_stack import Stack


@pytest.fixture(scope="module")
def way(browser: Browser, system: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """One way through all tests of this file, in their order."""
    contexts: list[BrowserContext] = []

    def new_window() -> Watched:
        context = browser.new_context(viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(20_000)
        context.add_init_script(path=AXE)
        contexts.append(context)
        return Watched(
            context.new_page(), system.base_url, frozenset({system.base_url, storage_origin(system)})
        )

    yield Way(system, new_window, tmp_path_factory.mktemp("desk"))
    for context in contexts:
        context.close()


def test_3_1_the_unit_signs_in_on_the_way_to_its_application(way: Way) -> None:
    unit = way.new_window()
    unit.open("/")
    unit.shot("01-home")
    unit.page.get_by_text("业务办理", exact=True).first.click()
    unit.page.get_by_role("link", name="使用登记申请").first.click()
    expect(unit.page.get_by_label("账号")).to_be_visible()
    unit.shot("02-login")
    unit.check()
    unit.page.get_by_role("link", name="区县局").first.click()
    expect(unit.page.get_by_role("heading", name=re.compile("区县"))).to_be_visible()
    unit.check()
    way.unit.shot("03-unit-workbench")
    way.unit.check()


def test_3_2_it_adds_a_device_and_completes_its_basic_data(way: Way) -> None:
    page = way.unit.page
    page.get_by_role("link", name="使用登记申请").first.click()
    expect(page.get_by_role("radio", name="气瓶", exact=False).first).to_be_checked()
    with page.expect_download() as template:
        page.get_by_role("link", name="下载气瓶信息 EXCEL 模板").click()
    way.template = Path(template.value.path()).read_bytes()
    way.unit.shot("04-add-device")
    way.unit.check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="使用单位安管部门")).to_be_visible()
    way.application = page.url.split("/")[-2]
    way.application_no = page.get_by_text("申请编号").inner_text().split()[-1]
    way.unit.shot("05-basics")
    way.unit.check()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="导入气瓶信息")).to_be_visible()


def test_3_3_it_imports_its_cylinders_and_corrects_the_faulty_rows(way: Way) -> None:
    page = way.unit.page
    way.unit.shot("06-import")
    way.unit.check()
    way.import_file(way.filled_in())
    expect(page.locator("#outcome")).to_have_text(f"导入完成：成功 {CYLINDERS - FAULTY} 只，失败 {FAULTY} 行")
    expect(page.locator("td.bad").first).to_be_visible()
    way.unit.shot("07-import-result")
    way.unit.check()
    with page.expect_download() as errors:
        page.get_by_role("link", name="下载错误数据").first.click()
    way.import_file(way.corrected(Path(errors.value.path()).read_bytes()))
    expect(page.locator("#outcome")).to_have_text(f"导入完成：{FAULTY} 只全部成功")
    way.unit.check()


def test_3_4_it_uploads_photos_of_each_cylinder(way: Way) -> None:
    page = way.unit.page
    way.unit.open(f"/u/applications/{way.application}/cylinders?has_photos=false")
    expect(page.locator("[data-cylinder]")).to_have_count(CYLINDERS)
    way.unit.shot("08-cylinders")
    way.unit.check()
    page.get_by_role("link", name="上传照片").first.click()
    for number in range(CYLINDERS):
        serial = page.locator("h1 .serial").inner_text()
        for kind in ("STAMP", "SUPERVISION_CERT"):
            with page.expect_file_chooser() as chooser:
                page.locator(f"#pick-{kind}").click()
            chooser.value.set_files(way.picture(serial, kind))
        expect(page.locator(".shot-tile.ready")).to_have_count(2)
        if number == 0:
            way.unit.shot("09-photos")
            way.unit.check()
        if number + 1 < CYLINDERS:
            page.get_by_role("link", name="下一只").click()
            expect(page.locator("h1 .serial")).not_to_have_text(serial)


def test_3_5_it_submits_the_form(way: Way) -> None:
    page = way.unit.page
    way.unit.open(f"/u/applications/{way.application}/submit")
    expect(page.get_by_text("全部满足")).to_be_visible()
    way.unit.shot("10-submit")
    way.unit.check()
    page.get_by_label("填表人员").fill("演示甲")
    page.get_by_label("在此申明").check()
    page.get_by_role("button", name="提交使用登记表").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"提交 {CYLINDERS} 只气瓶的使用登记申请到 渝中区")
    way.unit.check()
    page.get_by_role("dialog").get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已提交使用登记表")).to_be_visible()
    way.unit.shot("11-submitted")
    way.unit.check()


def test_4_2_acceptance_checks_every_photo_and_accepts(way: Way) -> None:
    page = way.open_task("acceptance", "acceptance")
    officer = way.of("acceptance")
    officer.shot("12-application")
    officer.check()
    page.get_by_role("link", name="审核附件").first.click()
    expect(page.locator(".cy")).to_have_count(6)
    officer.shot("13-review")
    officer.check()
    _review_all(way)
    page.get_by_role("link", name="返回受理").click()
    page.get_by_label("受理意见").fill("材料齐全，予以受理。")
    officer.check()
    page.get_by_role("button", name=re.compile("^受理（登记")).click()
    expect(page.get_by_text("已受理").first).to_be_visible()


def _review_all(way: Way) -> None:
    """下一页 until every photo was seen, then 完成."""
    officer = Officer(way.of("acceptance"), way.application, CYLINDERS)
    for number in range(1, officer.pages + 1):
        officer.look()
        officer.page.get_by_role("button", name="看其余照片").click()
        officer.look()
        officer.page.get_by_role("button", name="保存本页").click()
        officer.saved(number)
    officer.page.get_by_role("button", name="完成").click()
    officer.completed(right=CYLINDERS, wrong=0)


def test_4_3_another_officer_examines(way: Way) -> None:
    page = way.open_task("examination", "examination")
    way.of("examination").check()
    page.get_by_label("审核意见").fill("审核通过。")
    page.get_by_role("button", name="审核通过", exact=True).click()
    expect(page.get_by_text("已审核").first).to_be_visible()


def test_4_4_a_third_one_approves(way: Way) -> None:
    page = way.open_task("approval", "approval")
    way.of("approval").check()
    page.get_by_label("审批意见").fill("同意登记。")
    page.get_by_role("button", name="审批通过", exact=True).click()
    expect(page.get_by_text("已审批").first).to_be_visible()


def test_4_5_the_certificate_is_made(way: Way) -> None:
    page = way.open_task("issue", "issue")
    officer = way.of("issue")
    page.get_by_role("link", name="证书生成").last.click()
    officer.shot("14-issue")
    officer.check()
    page.get_by_role("button", name="证书生成", exact=True).click()
    expect(page.get_by_text("证书已生成")).to_be_visible(timeout=60_000)
    officer.shot("15-issued")
    officer.check()


def test_3_6_the_unit_follows_it_and_downloads_the_certificate(way: Way) -> None:
    unit, page = way.unit, way.unit.page
    unit.open("/u/")
    page.get_by_text("信息查询", exact=True).first.click()
    page.get_by_role("link", name="使用登记进度").first.click()
    unit.shot("16-progress")
    unit.check()
    page.get_by_role("link", name=f"查看进度 {way.application_no}").click()
    expect(page.get_by_text("登记证编号").first).to_be_visible()
    unit.shot("17-application-certified")
    unit.check()
    page.get_by_role("link", name="下载证书", exact=True).click()
    expect(page.get_by_role("heading", name="证书下载")).to_be_visible()
    unit.check()
    with page.expect_download() as certificate:
        page.get_by_role("link", name=re.compile("^下载证书")).click()
    assert Path(certificate.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name=re.compile("^核验页")).click()
    expect(page.get_by_text("有效").first).to_be_visible()
    unit.check()

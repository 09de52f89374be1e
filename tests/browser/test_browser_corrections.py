"""ui.md sections 5.3 and 5.4: what was imported is corrected: by the same workbook, by a list, and row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.bureau_pages import Officer
from tests.browser.correction_pages import Correcting, signed_in, without_javascript
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.workbook import FIRST_ROW, SHEET, columns_of, new_batch

Open = Callable[..., Watched]
Start = Callable[..., Correcting]


@pytest.fixture
def start(opened: Open, people: People) -> Start:
    """The unit, signed in, with a draft of its own cylinders."""

    def make(count: int = 6, phone: bool = False) -> Correcting:
        journey = shortcuts.imported(Journey.start(people, count=count, faulty=0))
        return signed_in(opened(phone=phone), journey)

    return make


@pytest.fixture
def plain(browser: Browser) -> Iterator[Callable[[Journey, str], Page]]:
    """The unit in a browser without JavaScript."""
    yield from without_javascript(browser)


def test_rows_that_are_here_stand_apart_and_the_workbook_updates_them(start: Start) -> None:
    me = start()
    rows = [dict(row) for row in me.journey.batch.rows]
    rows[1]["型号"] = rows[4]["型号"] = "YSP35.5-A"
    stranger = {**new_batch(1, 0).rows[0], "二维码标识URL": "没有网址"}
    me.bring_rows([*rows, stranger])
    me.headline("导入完成：成功 0 只，失败 1 行，已在本批次 6 行")
    card = me.page.locator("section[aria-labelledby=already]")
    expect(card).to_contain_text("其中 2 行与已导入的内容不同")
    shown = me.page.locator("section[aria-labelledby=preview]")
    expect(shown.locator("tbody tr")).to_have_count(1)
    me.watched.check()
    me.watched.shot("3a-import-already")
    shown.get_by_role("link", name="已在本批次 6").click()
    expect(shown.get_by_role("heading")).to_have_text("已在本批次的数据")
    expect(shown.locator("tbody tr")).to_have_count(6)
    expect(shown.get_by_text("内容不同")).to_have_count(2)
    me.watched.check()
    me.watched.shot("3b-import-already-rows")
    _update(me)
    assert [me.stored(at)["model"] for at in (0, 1, 4)] == ["YSP35.5", "YSP35.5-A", "YSP35.5-A"]
    me.page.get_by_role("link", name="查看更新前的导入结果").click()
    expect(card).to_contain_text("内容不同的已用本文件更新 2 只")
    expect(card.get_by_role("button")).to_have_count(0)
    me.watched.check()


def _update(me: Correcting) -> None:
    """By keyboard: the question can be left, and is answered."""
    button = me.page.get_by_role("link", name="用本文件更新这2只")
    button.press("Enter")
    expect(me.shown_dialog).to_contain_text("已上传的照片保留")
    me.watched.check()
    me.watched.shot("3c-import-update-asked")
    me.page.keyboard.press("Escape")
    expect(me.shown_dialog).to_have_count(0)
    expect(button).to_be_focused()
    button.press("Enter")
    me.shown_dialog.get_by_role("button", name="用本文件更新这2只").press("Enter")
    me.headline("更新完成：2 只全部成功")
    me.watched.check()
    me.watched.shot("3d-import-updated")


def test_without_javascript_the_update_is_asked_on_a_page_of_its_own(
    start: Start, plain: Callable[[Journey, str], Page]
) -> None:
    me = start(2)
    me.bring_rows([{**row, "型号": "YSP35.5-B"} for row in me.journey.batch.rows])
    me.headline("没有新的气瓶：2 行都已在本批次")
    me.watched.check()
    page = plain(me.journey, me.page.url.removeprefix(me.watched.base_url))
    page.get_by_role("link", name="用本文件更新这2只").click()
    expect(page.get_by_role("heading", name="用本文件更新", exact=True)).to_be_visible()
    page.get_by_role("button", name="用本文件更新这2只").click()
    expect(page.get_by_role("heading", name="更新完成：2 只全部成功")).to_be_visible(timeout=30_000)


def test_makers_written_in_two_ways_stand_side_by_side_and_lead_to_their_cylinders(start: Start) -> None:
    me = start(2)
    rows = [dict(row) for row in new_batch(5, 0).rows]
    for row in rows[3:]:
        row["制造单位名称"] = "渝示范压力容器股份有限公司"
    me.bring_rows(rows)
    me.headline("导入完成：5 只全部成功")
    facts = me.page.locator("section[aria-labelledby=facts]")
    expect(facts).to_contain_text("制造单位有写法相近的内容")
    expect(facts.get_by_text("写法相近", exact=True)).to_have_count(2)
    expect(facts.get_by_role("heading", name="制造年月")).to_contain_text("5 种")
    facts.scroll_into_view_if_needed()
    me.watched.check()
    me.watched.shot("3e-import-facts")
    facts.get_by_role("link", name="渝示范压力容器股份有限公司").click()
    listed = me.page.locator("[data-cylinder]")
    expect(listed).to_have_count(2)
    expect(me.page.get_by_text("第 1–2 只，共 2 只")).to_be_visible()
    me.watched.check()
    me.watched.shot("3f-list-of-a-maker")
    me.page.get_by_label("选择符合条件的全部 2 只").check()
    me.page.get_by_role("button", name="删除所选").click()
    expect(me.shown_dialog).to_contain_text("删除 2 只气瓶")
    me.shown_dialog.get_by_role("button", name="删除所选").click()
    expect(me.page.get_by_text("已删除 2 只气瓶")).to_be_visible()
    me.page.get_by_role("link", name="去掉条件 制造单位").click()
    expect(listed).to_have_count(5)


def test_a_list_is_exported_corrected_and_imported_again(start: Start, tmp_path: Path) -> None:
    me = start(3)
    me.watched.open(me.list_address)
    me.row(0).get_by_role("checkbox").check()
    me.page.get_by_role("button", name="导出所选").click()
    expect(me.shown_dialog).to_contain_text("把 1 只气瓶的信息导出")
    me.watched.check()
    me.page.keyboard.press("Escape")
    me.page.get_by_role("link", name="导出清单").press("Enter")
    expect(me.shown_dialog).to_contain_text("把 3 只气瓶的信息导出")
    me.watched.check()
    me.watched.shot("3g-export-asked")
    me.shown_dialog.get_by_role("button", name="导出清单").press("Enter")
    expect(me.page.get_by_role("heading", name="清单已生成：3 只")).to_be_visible(timeout=30_000)
    me.watched.check()
    me.watched.shot("3h-export-ready")
    with me.page.expect_download() as download:
        me.page.get_by_role("link", name="下载清单").click()
    assert download.value.suggested_filename == f"气瓶清单-{me.journey.application_no}.xlsx"
    download.value.save_as(tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    columns = columns_of(book[SHEET])
    assert book[SHEET].cell(FIRST_ROW, columns["系统编号"]).value == me.id_of(0)
    book[SHEET].cell(FIRST_ROW, columns["产品编号"], f"{me.serial(0)}A")
    book.save(tmp_path / "list.xlsx")
    me.bring((tmp_path / "list.xlsx").read_bytes())
    me.headline("导入完成：成功 1 只，已在本批次 2 行")
    expect(me.page.locator("#outcome + p")).to_contain_text("按系统编号更正 1 只，照片保留。")
    me.watched.check()
    assert me.stored(0)["serial_no"] == f"{me.serial(0)}A"


def test_a_row_is_edited_beside_the_list_by_the_rules_of_the_import(start: Start, people: People) -> None:
    me = start(3)
    with closing(People(people.stack, {"unit": "unit2"})) as strangers:
        others = shortcuts.imported(Journey.start(strangers, count=1, faulty=0))
    me.watched.open(f"{me.list_address}?sort=serial_no")
    me.row(1).get_by_role("link", name="修改").press("Enter")
    side = me.shown_dialog
    expect(side.get_by_role("heading", name=f"修改 {me.serial(1)}")).to_be_visible()
    me.watched.check()
    me.watched.shot("3i-edit")
    side.get_by_label("二维码标识URL").fill("没有网址")
    side.get_by_label("公称容积（L）").fill("很大")
    taken = others.batch.rows[0]
    for label, heading in (("产品编号", "产品编号"), ("制造年月", "制造年月")):
        side.get_by_label(label, exact=True).fill(taken[heading])
    _save(me)
    summary = side.get_by_role("alert")
    expect(summary).to_contain_text("有 2 处需要修改")
    expect(summary).to_be_focused()
    expect(side.get_by_label("二维码标识URL")).to_have_value("没有网址")
    expect(side.locator("#volume_l-fault")).to_have_text(re.compile("^E05 "))
    me.watched.forget_the_status(422)
    me.watched.check()
    me.watched.shot("3j-edit-faults")
    side.get_by_label("二维码标识URL").fill(str(me.journey.batch.rows[1]["二维码标识URL"]))
    side.get_by_label("公称容积（L）").fill("36.00")
    _save(me)
    expect(side.locator("#serial_no-fault")).to_have_text(re.compile(r"^E28 .*有疑问请致电.*局.* [\d-]{8,}$"))
    me.watched.forget_the_status(422)
    me.watched.check()
    me.watched.shot("3k-edit-held")
    side.get_by_label("产品编号", exact=True).fill(f"{me.serial(1)}B")
    _save(me)
    expect(me.page.get_by_text(f"已保存修改：产品编号 {me.serial(1)}B。")).to_be_visible()
    assert "sort=serial_no" in me.page.url
    me.watched.check()
    stored = me.stored(1)
    assert (stored["serial_no"], stored["volume_l"]) == (f"{me.serial(1)}B", "36.00")


def _save(me: Correcting) -> None:
    me.page.get_by_role("button", name="保存修改").press("Enter")


def test_who_edits_what_another_has_changed_meanwhile_sees_both(
    start: Start, plain: Callable[[Journey, str], Page]
) -> None:
    me = start(1)
    address = f"/u/cylinders/{me.id_of(0)}/edit"
    me.watched.open(address)
    me.page.get_by_label("型号").fill("YSP35.5-M")
    me.page.get_by_label("瓶体材料").fill("HP325")
    quick = {"values": {"model": "YSP35.5-Q", "supervision_body": "示范检测所"}}
    me.journey.unit.send("PATCH", f"/api/v1/cylinders/{me.id_of(0)}", quick)
    _save(me)
    told = me.page.get_by_role("alert")
    expect(told).to_contain_text("该气瓶刚才已由其他人修改：型号、监检机构。")
    expect(me.page.get_by_label("型号")).to_have_value("YSP35.5-M")
    expect(me.page.locator("#model-hint")).to_have_text("现为：YSP35.5-Q；保存后以您填写的为准")
    expect(me.page.get_by_label("监检机构")).to_have_value("示范检测所")
    me.watched.forget_the_status(409)
    me.watched.check()
    me.watched.shot("3l-edit-conflict")
    _save(me)
    expect(me.page.get_by_text("已保存修改")).to_be_visible()
    stored = me.stored(0)
    assert [stored[name] for name in ("model", "material", "supervision_body")] == [
        "YSP35.5-M",
        "HP325",
        "示范检测所",
    ]
    page = plain(me.journey, address)
    page.get_by_label("下次检验").fill("不知道")
    page.get_by_role("button", name="保存修改").click()
    expect(page.locator("#next_inspection_date-fault")).to_contain_text("E07")
    expect(page.get_by_label("下次检验")).to_have_value("不知道")
    page.get_by_role("link", name="取消").click()
    expect(page.get_by_role("heading", name="气瓶清单")).to_be_visible()


def test_on_a_phone_a_row_is_edited_and_nothing_is_scrolled_sideways(start: Start) -> None:
    me = start(2, phone=True)
    me.watched.open(me.list_address)
    me.row(0).get_by_role("link", name=me.serial(0), exact=True).tap()
    me.shown_dialog.get_by_role("link", name="修改").tap()
    expect(me.shown_dialog.get_by_label("单位内编号")).to_be_visible()
    assert me.fits()
    me.watched.check()
    me.watched.shot("3m-edit-phone")
    me.shown_dialog.get_by_label("单位内编号").fill("YL-电话")
    me.shown_dialog.get_by_role("button", name="保存修改").tap()
    expect(me.page.get_by_text(f"已保存修改：产品编号 {me.serial(0)}。")).to_be_visible()
    me.bring_rows([{**row, "型号": "YSP35.5-P"} for row in me.journey.batch.rows])
    me.headline("没有新的气瓶：2 行都已在本批次")
    assert me.fits()
    me.watched.check()
    me.watched.shot("3n-already-phone")


def test_the_bureau_sees_who_holds_a_cylinder_when_a_unit_phones(opened: Open, people: People) -> None:
    journey = shortcuts.imported(Journey.start(people, count=1, faulty=0))
    officer = Officer.signed_in(opened, ACCOUNTS["acceptance"], people.stack.demo_password)
    officer.page.get_by_role("link", name="使用登记", exact=True).click()
    officer.page.get_by_role("link", name="查询气瓶占用").click()
    row = journey.batch.rows[0]
    officer.page.get_by_label("产品编号").fill(f"{row['产品编号']}-0")
    _search(officer)
    expect(officer.page.get_by_role("alert")).to_contain_text("有 2 处需要修改")
    officer.watched.forget_the_status(422)
    officer.check()
    officer.page.get_by_label("制造单位名称").fill(row["制造单位名称"])
    officer.page.get_by_label("制造年月").fill("昨天")
    _search(officer)
    expect(officer.page.locator("#manufacture_ym-fault")).to_contain_text("制造年月无法识别")
    officer.watched.forget_the_status(422)
    officer.page.get_by_label("制造年月").fill(row["制造年月"])
    _search(officer)
    expect(officer.page.get_by_role("status")).to_contain_text("本机关没有占用该气瓶的申请或登记。")
    officer.check("3o-holder-none")
    officer.page.get_by_label("产品编号").fill(row["产品编号"])
    _search(officer)
    found = officer.page.locator("section[aria-labelledby=holder]")
    expect(found.get_by_role("heading", name="由以下申请占用")).to_be_focused()
    expect(found).to_contain_text(journey.application_no)
    expect(found).to_contain_text("草稿，尚未提交")
    expect(found).to_contain_text(people.unit.get(journey.application)["unit_name"])
    officer.check("3p-holder")


def _search(officer: Officer) -> None:
    officer.page.get_by_role("button", name="查询", exact=True).press("Enter")

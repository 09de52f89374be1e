"""ui.md section 5.3: a workbook is chosen, imported, its faults are corrected, and it is brought again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.import_pages import Importing, workbook, written
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.workbook import correct, fill_in
from tests.fixtures.processes import resting

Open = Callable[..., Watched]
Start = Callable[..., Importing]
COUNT, FAULTY = 300, 20
MANY = 5_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
ZIP = b"PK\x03\x04" + bytes(200)
OTHERS = "只支持 .xlsx。.xls、.et、.csv 请在 WPS 或 EXCEL 中“另存为”.xlsx"
REFUSED = [
    ("气瓶.xls", OLE, OTHERS),
    ("气瓶.xlsx", OLE, "文件带密码，请取消密码后再导入"),
    ("气瓶.csv", "产品编号,制造年月\n1,2025-01\n".encode(), OTHERS),
    ("气瓶.xlsm", ZIP, "文件含宏，请另存为 .xlsx"),
    ("气瓶.xlsx", b"not a workbook", OTHERS),
]


@pytest.fixture
def start(opened: Open, people: People) -> Start:
    """The unit, signed in, with a draft of its own."""

    def make(count: int = 3, faulty: int = 0, phone: bool = False) -> Importing:
        journey = shortcuts.opened(Journey.start(people, count=count, faulty=faulty))
        watched = opened(phone=phone)
        watched.sign_in(ACCOUNTS["unit"], journey.stack.demo_password)
        expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
        return Importing(watched, journey)

    return make


def headings(me: Importing) -> list[str]:
    """Those that a row of this run fills in."""
    return list(me.journey.batch.rows[0])


def test_the_dialog_tells_what_is_missing_and_why_a_file_is_refused(start: Start) -> None:
    me = start()
    me.open()
    expect(me.page.get_by_text("气瓶二维码标识，请务必填入二维码对应的 URL。")).to_be_visible()
    me.watched.check()
    me.watched.shot("31-import")
    me.page.get_by_role("button", name="导入", exact=True).click()
    expect(me.go).to_have_attribute("aria-disabled", "true")
    why = me.dialog.locator("#import-why")
    expect(why).to_have_text("请选择区县")
    pilots = [each["code"] for each in me.journey.unit.get("/api/v1/districts?pilot=true")["items"]]
    listed = me.dialog.get_by_label("区县").locator("option")
    assert [value for each in listed.all() if (value := each.get_attribute("value"))] == pilots
    me.dialog.get_by_label("区县").select_option(me.journey.district)
    expect(why).to_have_text("请选择文件")
    me.watched.check()
    for name, content, sentence in REFUSED:
        me.choose(workbook(content, name))
        expect(me.checks.locator(".err-t")).to_have_text(f"✗ {sentence}")
        expect(me.go).to_have_attribute("aria-disabled", "true")
        expect(why).to_have_text("请按提示更换文件")
    me.watched.check()
    me.watched.shot("32-import-refused")
    me.page.keyboard.press("Escape")
    expect(me.dialog).to_be_hidden()


def test_faults_are_shown_corrected_and_brought_again(start: Start, tmp_path: Path) -> None:
    me = start(COUNT, FAULTY)
    typed = fill_in(me.journey.template, me.journey.batch.typed())
    me.open()
    me.drop(workbook(typed))
    expect(me.checks).to_contain_text("✓ 文件类型、大小符合要求")
    me.dialog.get_by_label("区县").select_option(me.journey.district)
    me.watched.check()
    me.watched.shot("33-import-chosen")
    me.confirm()
    me.headline(f"导入完成：成功 {COUNT - FAULTY} 只，失败 {FAULTY} 行")
    me.watched.check()
    me.watched.shot("34-import-result")
    _one_code(me)
    with me.page.expect_download() as download:
        me.page.keyboard.press("d")
    assert download.value.suggested_filename.endswith("-错误数据.xlsx")
    download.value.save_as(tmp_path / "faults.xlsx")
    right, named = correct((tmp_path / "faults.xlsx").read_bytes(), me.journey.batch)
    assert named == me.journey.batch.expected
    me.page.get_by_role("button", name="选择文件", exact=True).click()
    expect(me.dialog.get_by_role("heading", name="改好后重新上传")).to_be_visible()
    me.choose(workbook(right, "改好.xlsx"))
    expect(me.go).not_to_have_attribute("aria-disabled", "true")
    me.watched.check()
    me.confirm()
    me.headline(f"导入完成：{FAULTY} 只全部成功")
    expect(me.page.get_by_text(f"上次失败 {FAULTY} 行，本次成功 {FAULTY}，仍失败 0。")).to_be_visible()
    me.watched.check()
    me.watched.shot("36-import-all-good")
    me.bring(typed)
    me.headline(f"导入完成：成功 0 只，失败 {FAULTY} 行，已在本批次 {COUNT - FAULTY} 行")
    expect(me.page.get_by_text("没有重复写入，不算失败")).to_be_visible()
    me.watched.check()


def _one_code(me: Importing) -> None:
    """A click on a code shows its rows alone, with the bad cell marked."""
    code = me.page.get_by_role("link", name="E13", exact=True)
    code.click()
    expect(code).to_have_attribute("aria-current", "true")
    rows = me.page.locator("section[aria-labelledby=preview] tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("二维码标识URL")
    expect(rows.first.locator("td.bad")).to_contain_text("（有误）")
    me.watched.check()
    me.watched.shot("35-import-code")
    me.page.get_by_role("link", name="清除筛选").click()
    expect(rows).to_have_count(FAULTY)


def test_an_import_that_waits_is_there_after_a_reload_and_can_be_cancelled(start: Start) -> None:
    me = start()
    with resting(me.journey.stack, "import-worker"):
        me.bring(fill_in(me.journey.template, me.journey.batch.rows))
        expect(me.page.get_by_role("heading", name="正在导入", exact=True)).to_be_visible()
        me.watched.shot("37-import-running")
        me.watched.check()
        me.page.reload()
        expect(me.page.get_by_role("heading", name="正在导入", exact=True)).to_be_visible()
        expect(me.page.locator("[data-link-said]")).to_have_text("连接正常")
        me.page.get_by_role("button", name="取消导入").click()
        asked = me.page.get_by_role("dialog")
        expect(asked).to_contain_text("取消后撤销本次已写入的气瓶")
        me.watched.check()
        asked.get_by_role("button", name="取消导入").click()
        me.headline("已取消导入，本次没有写入气瓶")
        me.watched.check()
    assert me.journey.unit.get(f"{me.journey.application}/cylinders")["total"] == 0


def test_a_running_import_leads_to_its_result_by_itself(start: Start) -> None:
    me = start()
    row = me.journey.batch.rows[0]
    own = ("产品编号", "单位内编号", "镂空码", "二维码标识URL", "电子标签号(RFID)")
    many = [{**row, **{each: f"{row[each]}{at}" for each in own}} for at in range(MANY)]
    me.bring(written(many, headings(me)))
    me.headline(f"导入完成：{MANY:,} 只全部成功")


def test_a_file_that_can_not_be_read_and_one_without_a_good_row(start: Start) -> None:
    me = start()
    rows = me.journey.batch.rows
    me.bring(ZIP)  # the browser is not sure, so the service looks
    me.headline("导入没有完成，没有写入气瓶")
    expect(me.page.locator("#outcome + p")).to_contain_text("文件无法打开")
    me.watched.check()
    me.watched.shot("38-import-fault")
    bad = [{**row, "二维码标识URL": "没有网址"} for row in rows]
    me.bring(written(bad, headings(me)))
    me.headline("没有气瓶导入成功")
    expect(me.page.locator("#outcome + p")).to_contain_text("最常见的原因：")
    me.watched.check()


def test_nothing_is_scrolled_sideways_on_a_phone(start: Start) -> None:
    me = start(30, 10, phone=True)
    me.open()
    assert me.fits()
    me.page.get_by_role("button", name="导入", exact=True).click()
    me.watched.check()
    me.bring(fill_in(me.journey.template, me.journey.batch.typed()))
    me.headline("导入完成：成功 20 只，失败 10 行")
    assert me.fits()
    me.watched.check()

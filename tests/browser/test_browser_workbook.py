"""ui.md section 5.3, checks in the browser: headings are read before the upload, and a good file is never held up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO

import openpyxl
import pytest
from playwright.sync_api import expect
from tests.browser.import_pages import Importing, workbook, written
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.workbook import SHEET, fill_in

Texts = Sequence[str]
ALL = "✓ 25 个表头全部找到"
FITS = "✓ 文件类型、大小符合要求"


@pytest.fixture(scope="module")
def journey(people: People) -> Journey:
    return shortcuts.opened(Journey.start(people, count=2, faulty=0))


@pytest.fixture
def me(opened: Callable[..., Watched], journey: Journey) -> Importing:
    """The unit before the dialog 导入, with its district chosen."""
    watched = opened()
    watched.sign_in(ACCOUNTS["unit"], journey.stack.demo_password)
    expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
    unit = Importing(watched, journey)
    unit.open()
    unit.page.get_by_role("button", name="导入", exact=True).click()
    unit.dialog.get_by_label("区县").select_option(journey.district)
    return unit


def shared(headings: Texts, sheet: str = SHEET) -> bytes:
    """A workbook as spreadsheet programs write it: its texts stand in a list that all sheets share."""
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title = sheet
    first.append(list(headings))
    first.append(["x"] * len(headings))
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def all_headings(journey: Journey) -> list[str]:
    sheet = openpyxl.load_workbook(BytesIO(journey.template), read_only=True)[SHEET]
    return [str(cell.value) for cell in next(sheet.iter_rows(max_row=1))]


def looks(me: Importing, content: bytes, *lines: str) -> None:
    """The file is chosen, and this is what the browser says of it."""
    me.choose(workbook(content))
    expect(me.checks.locator("li:not(.strong)")).to_have_text([FITS, *lines])


def may_go(me: Importing, *, yes: bool) -> None:
    if yes:
        expect(me.go).not_to_have_attribute("aria-disabled", "true")
    else:
        expect(me.go).to_have_attribute("aria-disabled", "true")


def test_a_good_workbook_passes_however_it_is_written(me: Importing, journey: Journey) -> None:
    headings = all_headings(journey)
    for content in (
        fill_in(journey.template, journey.batch.rows),
        shared(headings),
        written([], headings),
        shared([f" ＊{each}（必填）" for each in headings]),
    ):
        looks(me, content, ALL)
        may_go(me, yes=True)
    me.watched.check()
    me.watched.shot("6x-workbook-good")


def test_what_is_missing_or_there_twice_is_said_before_the_upload(me: Importing, journey: Journey) -> None:
    sent: list[str] = []
    me.page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    headings = all_headings(journey)
    less = [each for each in headings if each not in {"产品编号", "制造年月", "型号"}]
    said = "✗ 缺少表头：制造年月、产品编号（请使用最新模板）"
    for content in (shared(less), written([], less)):
        looks(me, content, said)
        may_go(me, yes=False)
    me.watched.check()
    me.watched.shot("6x-workbook-missing")
    looks(me, shared([*headings, "产品编号"]), "✗ 表头“产品编号”重复出现，请只保留一列")
    may_go(me, yes=False)
    assert sent == []


def test_other_words_for_a_heading_and_another_sheet_are_told(me: Importing, journey: Journey) -> None:
    headings = ["出厂编号" if each == "产品编号" else each for each in all_headings(journey)]
    looks(
        me,
        shared(headings, "Sheet1"),
        ALL,
        "! 没有名为“气瓶信息”的工作表，将读取“Sheet1”",
        "! 表头“出厂编号”将按“产品编号”读取",
    )
    may_go(me, yes=True)
    me.watched.check()


def test_what_the_browser_can_not_read_is_left_to_the_service(me: Importing) -> None:
    looks(me, b"PK\x03\x04" + bytes(200))
    may_go(me, yes=True)

"""A unit that imports workbooks, in a real browser."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

from playwright.sync_api import FilePayload, Locator, Page, expect
from tests.browser.photo_pages import DROP
from tests.browser.watching import Watched
from tests.e2e.importing import NAME, XLSX
from tests.e2e.journey import Journey
from tests.e2e.workbook import SHEET, Row

ENDED_MS = 30_000  # a worker reads the workbook
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass
class Importing:
    """Somebody of the unit with one draft."""

    watched: Watched
    journey: Journey

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def address(self) -> str:
        return f"/u/applications/{self.journey.application_id}/import"

    @property
    def dialog(self) -> Locator:
        return self.page.locator("#import-dialog")

    @property
    def go(self) -> Locator:
        return self.dialog.get_by_role("button", name="确认导入")

    @property
    def checks(self) -> Locator:
        """What the browser found out about the chosen file."""
        return self.dialog.locator("#import-checks")

    def open(self) -> None:
        self.watched.open(self.address)

    def choose(self, file: FilePayload) -> None:
        self.page.locator("#workbook").set_input_files(file)

    def drop(self, file: FilePayload) -> None:
        """Onto the page, as if dragged from the desktop."""
        content = base64.b64encode(file["buffer"]).decode()
        self.page.evaluate(DROP, ["main", file["name"], file["mimeType"], content])

    def confirm(self) -> None:
        """确认导入, up to the page of the import."""
        expect(self.go).not_to_have_attribute("aria-disabled", "true")
        self.go.click()
        self.page.wait_for_url("**/u/imports/*")

    def bring(self, content: bytes) -> None:
        """A workbook by the page of the step; the district is chosen when none is yet."""
        self.open()
        self.page.get_by_role("button", name="导入", exact=True).click()
        self.choose(workbook(content))
        if self.dialog.get_by_label("区县").count():
            self.dialog.get_by_label("区县").select_option(self.journey.district)
        self.confirm()

    def headline(self, text: str) -> None:
        """The result is there, and says so."""
        expect(self.page.locator("#outcome")).to_have_text(text, timeout=ENDED_MS)

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        fits: bool = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return fits


def workbook(content: bytes, name: str = NAME) -> FilePayload:
    """A file as it is chosen."""
    return FilePayload(name=name, mimeType=XLSX, buffer=content)


def written(rows: Sequence[Row], headings: Sequence[str], sheet: str = SHEET) -> bytes:
    """A bare workbook with one sheet, written quickly; a row that lacks a heading has no such cell."""
    lines = [
        _line(1, headings),
        *(_line(at, [row.get(each, "") for each in headings]) for at, row in enumerate(rows, 2)),
    ]
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def _relations(kind: str, target: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/{kind}" Target="{target}"/></Relationships>'
    )


def _line(number: int, values: Sequence[str]) -> str:
    cells = "".join(
        f'<c r="{_letters(at)}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        for at, value in enumerate(values)
        if value
    )
    return f'<row r="{number}">{cells}</row>'


def _letters(at: int) -> str:
    """Column 0 is A, 26 is AA."""
    return chr(65 + at) if at < 26 else f"{chr(64 + at // 26)}{chr(65 + at % 26)}"

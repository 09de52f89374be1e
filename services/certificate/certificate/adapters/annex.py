"""The annex of a certificate as a workbook: the whole 汇总表, and 不予登记清单 when something was left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from certificate.domain.contents import SUMMARY_HEADINGS, CertificateContents
from certificate.domain.document import REFUSED_HEADINGS, on_day

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SUMMARY_WIDTHS = (8, 14, 24, 16, 34, 12, 20, 12, 18, 14, 20, 18, 18)
_REFUSED_WIDTHS = (8, 14, 24, 34, 60)
_FORMULA_LIKE = frozenset("=+-@")
_BOTH = (False, True)


def write_annex(contents: CertificateContents, path: Path) -> None:
    """Writes the workbook row by row; every cell is text, so that nothing in it is ever a formula."""
    book = Workbook(write_only=True)
    # The day of issue, not of writing: the same certificate makes the same workbook.
    book.properties.creator = "瓶证"
    book.properties.created = book.properties.modified = datetime.combine(contents.issued_on, time())
    _write_summary(_Sheet(book, "气瓶基本信息汇总表", _SUMMARY_WIDTHS), contents)
    if contents.refused:
        _write_refused(_Sheet(book, "不予登记清单", _REFUSED_WIDTHS), contents)
    book.save(path)


class _Sheet:
    """Appends rows of text. What begins like a formula carries the mark that Excel sets for a leading apostrophe."""

    def __init__(self, book: Workbook, title: str, widths: Sequence[int]) -> None:
        self._sheet: Any = book.create_sheet(title)
        for at, width in enumerate(widths, start=1):
            self._sheet.column_dimensions[get_column_letter(at)].width = width
        self._styles = {(bold, quoted): self._style(bold, quoted) for bold in _BOTH for quoted in _BOTH}

    def append(self, row: Sequence[str], *, bold: bool = False) -> None:
        self._sheet.append([self._text(value, bold) for value in row])

    def _text(self, value: str, bold: bool) -> Any:
        """Past openpyxl's guess at types, which takes text that begins with = for a formula."""
        cell: Any = WriteOnlyCell(self._sheet)
        if value:
            cell._value = value
            cell.data_type = "s"
        cell._style = self._styles[bold, value[:1] in _FORMULA_LIKE]
        return cell

    def _style(self, bold: bool, quoted: bool) -> Any:
        sample: Any = WriteOnlyCell(self._sheet)
        sample.number_format = "@"
        sample.font = Font(bold=bold)
        if quoted:
            sample.quotePrefix = True
        return sample._style


def _write_summary(sheet: _Sheet, contents: CertificateContents) -> None:
    footer = contents.footer
    sheet.append(
        [f"使用登记证编号：{contents.number}　使用单位：{contents.unit_name}　共{contents.count}只"],
        bold=True,
    )
    sheet.append(SUMMARY_HEADINGS, bold=True)
    for row in contents.summary_rows():
        sheet.append(row)
    sheet.append(
        [f"填表日期：{on_day(footer.filled_on)}　经办人：{footer.handler}　联系电话：{footer.phone}"]
    )


def _write_refused(sheet: _Sheet, contents: CertificateContents) -> None:
    sheet.append(REFUSED_HEADINGS, bold=True)
    for at, one in enumerate(contents.refused, start=1):
        sheet.append([str(at), one.variety, one.serial_no, one.manufacturer_name, one.reason])

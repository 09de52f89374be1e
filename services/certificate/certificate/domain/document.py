"""The document of a certificate as data: fields, pages and rows, for any typesetter. Source: domain.md section 7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from certificate.domain.contents import ROWS_PER_PAGE, SUMMARY_HEADINGS, CertificateContents
from certificate.domain.line_breaking import SetText, broken, fitted

SUMMARY_WIDTHS = (11, 20, 30, 20, 46, 17, 17, 15, 22, 22, 24, 17, 16)
ROW_HEIGHT = 6.3
PAGES_AT_ONCE = 20
"""Pages that are typeset at once: more of them cost memory, fewer of them repeat the fonts more often."""
REFUSED_HEADINGS = ("序号", "设备品种", "产品编号", "制造单位", "不予登记的原因")
REFUSED_WIDTHS = (15, 28, 50, 74, 100)
_INSET = 2.0
_FRONT_CELL = (110.0, 11.0, 12.0)
"""Width and height in millimetres and the size of type of a field on page 1."""
_UNIT_WIDTH, _FOOTER_WIDTH = 104.0, 65.0
"""Widths of what stands above and below the tables."""
_SIZE = 8.0
_REFUSED_EM = 3.2
Cell = str | dict[str, Any]


def on_day(day: date) -> str:
    """2026年11月24日, as official documents write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def parts_of(contents: CertificateContents) -> Iterator[dict[str, Any]]:
    """The document in parts of at most PAGES_AT_ONCE pages of the 汇总表, as JSON values for the templates.

    The first part begins with the certificate, the last ends with what was refused.
    """
    shared = _shared(contents)
    rows = contents.summary_rows()
    at_once = PAGES_AT_ONCE * ROWS_PER_PAGE
    for start in range(0, len(rows), at_once):
        part = [_summary_row(row) for row in rows[start : start + at_once]]
        last = start + at_once >= len(rows)
        yield shared | {
            "front": start == 0,
            "first_page": start // ROWS_PER_PAGE + 1,
            "pages": [part[at : at + ROWS_PER_PAGE] for at in range(0, len(part), ROWS_PER_PAGE)],
            "refused": _refused_rows(contents) if last else [],
        }


def _shared(contents: CertificateContents) -> dict[str, Any]:
    return {
        "number": contents.number,
        "unit": _one_line(f"使用单位：{contents.unit_name}", _UNIT_WIDTH),
        "authority": contents.authority,
        "authority_line": _as_cell(fitted(f"登记机关：{contents.authority}", 110, 5.2, 12)),
        "issued_on": on_day(contents.issued_on),
        "fields": _fields(contents),
        "headings": SUMMARY_HEADINGS,
        "widths": SUMMARY_WIDTHS,
        "row_height": ROW_HEIGHT,
        "page_count": -(-contents.count // ROWS_PER_PAGE),
        "footer": _footer(contents),
        "refused_headings": REFUSED_HEADINGS,
        "refused_widths": REFUSED_WIDTHS,
    }


def _fields(contents: CertificateContents) -> list[tuple[str, Cell]]:
    fields = (
        ("使用单位名称", contents.unit_name),
        ("统一社会信用代码", contents.credit_code),
        ("设备种类", contents.kind),
        ("设备类别", contents.category),
        ("设备品种", contents.variety),
        ("产品名称", contents.product_name),
        ("设备数量（只）", str(contents.count)),
        ("设备使用地点", contents.use_place),
        ("电子证照标识", contents.licence_identifier),
    )
    return [(name, _as_cell(fitted(value, *_FRONT_CELL))) for name, value in fields]


def _footer(contents: CertificateContents) -> list[Cell]:
    footer = contents.footer
    shown = [("填表日期", on_day(footer.filled_on)), ("经办人", footer.handler), ("联系电话", footer.phone)]
    if footer.email:
        shown.append(("电子邮箱", footer.email))
    return [_one_line(f"{name}：{value}", _FOOTER_WIDTH) for name, value in shown]


def _one_line(text: str, width: float) -> Cell:
    """Above or below a table: a second line would push the last row of a full page onto the next one."""
    return _as_cell(fitted(text, width, 4.0, 9.0))


def _summary_row(row: Sequence[str]) -> list[Cell]:
    return [_cell(value, width) for value, width in zip(row, SUMMARY_WIDTHS, strict=True)]


def _cell(value: str, width: float) -> Cell:
    """Most values fit as they are and stay plain text, which keeps a document of many thousands small."""
    set_text = fitted(value, width - _INSET, ROW_HEIGHT - 0.6, _SIZE)
    return value if len(set_text.lines) == 1 and set_text.size == _SIZE else _as_cell(set_text)


def _as_cell(set_text: SetText) -> dict[str, Any]:
    return {"size": set_text.size, "lines": set_text.lines}


def _refused_rows(contents: CertificateContents) -> list[list[Cell]]:
    return [
        [_lines(value, width) for value, width in zip(row, REFUSED_WIDTHS, strict=True)]
        for at, one in enumerate(contents.refused, start=1)
        for row in [(str(at), one.variety, one.serial_no, one.manufacturer_name, one.reason)]
    ]


def _lines(value: str, width: float) -> Cell:
    lines = broken(value, (width - _INSET) / _REFUSED_EM)
    return value if len(lines) == 1 else {"size": 9, "lines": lines}

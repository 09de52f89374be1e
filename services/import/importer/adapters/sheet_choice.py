"""Which sheet of a workbook holds the cylinders, and where its columns are. Runs in the reading process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from python_calamine_plus import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from importer.domain.columns import (
    SHEET_NAME,
    TEMPLATE_VERSION,
    VERSION_CELL,
    Column,
    HeadingMap,
    match_headings,
)
from importer.domain.text import norm_text

_WIDEST = 255  # headings further right belong to nobody


@dataclass(frozen=True)
class ChosenSheet:
    """A sheet by its index, with its headings matched."""

    index: int
    name: str
    headings: HeadingMap


def choose_sheet(workbook: CalamineWorkbook, columns: Sequence[Column]) -> ChosenSheet | None:
    """The sheet 气瓶信息, else the first visible one with all required headings, else the one that has most of them."""
    sheets = [
        (index, sheet)
        for index, sheet in enumerate(workbook.sheets_metadata)
        if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    named = [item for item in sheets if norm_text(item[1].name) == SHEET_NAME]
    visible = [item for item in sheets if item[1].visible == SheetVisibleEnum.Visible]
    candidates = [
        ChosenSheet(index, sheet.name, match_headings(_headings(workbook, index), columns))
        for index, sheet in (named[:1] or visible)
    ]
    return min(candidates, key=lambda sheet: len(sheet.headings.missing), default=None)


def _headings(workbook: CalamineWorkbook, index: int) -> list[str]:
    row: list[Any] = next(iter(workbook.stream_sheet_by_index(index, max_row=0, max_col=_WIDEST)), [])
    return [str(value) for value in row]


def other_version(workbook: CalamineWorkbook) -> str | None:
    """The version of the template when it is not ours; a workbook without the named cell was made by hand."""
    for name in workbook.defined_names:
        if name["name"] == VERSION_CELL:
            version = norm_text(str(_value_of(workbook, str(name["value"]))))
            return None if version.removesuffix(".0") == TEMPLATE_VERSION else version
    return None


def _value_of(workbook: CalamineWorkbook, reference: str) -> Any:
    """The value of a single cell such as ``'字典'!$A$1``; anything else is no version."""
    sheet, _, cell = reference.rpartition("!")
    sheet = sheet.strip("'").replace("''", "'")
    if sheet not in workbook.sheet_names or ":" in cell:
        return reference
    rows = list(workbook.stream_sheet_by_name(sheet, ref=cell.replace("$", "")))
    return rows[0][0] if rows and rows[0] else ""

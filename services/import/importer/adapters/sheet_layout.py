"""How our workbooks look: headings, hints, drop-downs, text format. Shared by the template and the error workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from importer.domain.columns import LISTS_SHEET, TEMPLATE_VERSION, VERSION_CELL, Column
from importer.domain.references import References

TEXT = "@"
LAST_ROW = 1_000_002
"""The last row that a workbook may fill: two head rows and a million cylinders."""

_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "heading": {"font": _BOLD},
    "required": {"font": _BOLD, "fill": PatternFill("solid", fgColor="FFDDEBF7")},
    "optional": {"font": _BOLD, "fill": PatternFill("solid", fgColor="FFF2F2F2")},
    "hint": {"font": Font(italic=True, color="FF7F7F7F"), "alignment": _WRAPPED},
    "wrapped": {"alignment": _WRAPPED},
    "error": {"fill": PatternFill("solid", fgColor="FFFFC7CE")},
    "warning": {"fill": PatternFill("solid", fgColor="FFFFEB9C")},
}
"""How cells may look, beside being text."""

_LISTS = ("variety_name", "medium_name", "ownership")
_WIDTHS = {"row_no": 6, "qr_url": 40, "manufacturer_name": 28, "supervision_body": 26, "serial_no": 20}
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPE = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")
_LONGEST = 32_767  # characters that a cell can hold
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class TextCells:
    """Makes cells of one sheet that hold text and nothing else: what begins like a formula is none, also in Excel.

    A style is looked up in the workbook once and then shared: an error workbook has millions of cells.
    """

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._styles: dict[tuple[str, bool], Any] = {}
        self._numbers: dict[tuple[str, bool], int] = {}

    def __call__(self, value: str, look: str = "") -> Any:
        """One cell; ``look`` is a name of :data:`LOOKS`."""
        cell: Any = WriteOnlyCell(self._sheet, None)
        if value:
            cell._value = legal(value)
            cell.data_type = "s"
        cell._style = self._style(look, value.startswith(_FORMULA_STARTS))
        return cell

    def plain(self, value: str, look: str = "") -> tuple[str, int]:
        """The same as text and number of its style; an empty cell that looks like its column has none."""
        if not value:
            return "", self._style_no(look, quoted=False) if look else 0
        return legal(value), self._style_no(look, value.startswith(_FORMULA_STARTS))

    def _style_no(self, look: str, quoted: bool) -> int:
        known = self._numbers.get((look, quoted))
        if known is None:
            sample: Any = WriteOnlyCell(self._sheet, None)
            sample._style = self._style(look, quoted)
            known = self._numbers[look, quoted] = int(sample.style_id)
        return known

    def _style(self, look: str, quoted: bool) -> Any:
        known = self._styles.get((look, quoted))
        if known is None:
            sample: Any = WriteOnlyCell(self._sheet, None)
            sample.number_format = TEXT
            for name, value in LOOKS[look].items():
                setattr(sample, name, value)
            sample.quotePrefix = quoted
            known = self._styles[look, quoted] = sample._style
        return known


def legal(value: str) -> str:
    """The text without what XML cannot hold, as long as a cell may be; what looks like an escape of Excel is none."""
    if "_x" in value:
        value = _ESCAPE.sub("_x005F_x", value)
    return _ILLEGAL.sub("", value)[:_LONGEST] if _ILLEGAL.search(value) else value[:_LONGEST]


def heading_cells(cells: TextCells, columns: Sequence[Column], more: Iterable[str] = ()) -> list[Cell]:
    """The cells of row 1; required columns are tinted."""
    ours = [cells(column.heading, "required" if column.required else "optional") for column in columns]
    return ours + [cells(heading, "heading") for heading in more]


def hint_cells(cells: TextCells, columns: Sequence[Column]) -> list[Cell]:
    """The cells of row 2."""
    return [cells(column.hint, "hint") for column in columns]


def lay_out(sheet: Any, references: References, more_widths: Sequence[int] = ()) -> None:
    """Widths, text format of whole columns, frozen heading, drop-downs. Before any cell is written."""
    for column in references.columns:
        dimension = sheet.column_dimensions[get_column_letter(column.no)]
        dimension.width = _WIDTHS.get(column.code_name, 16)
        dimension.number_format = TEXT
    for i, width in enumerate(more_widths, start=len(references.columns) + 1):
        dimension = sheet.column_dimensions[get_column_letter(i)]
        dimension.width = width
        dimension.number_format = TEXT
    sheet.freeze_panes = "A3"
    for place, name in enumerate(_LISTS, start=2):
        sheet.data_validations.append(
            _drop_down(references.by_name[name], place, len(references.choices(name)))
        )


def _drop_down(column: Column, place: int, length: int) -> DataValidation:
    letter, source = get_column_letter(column.no), get_column_letter(place)
    validation = DataValidation(
        type="list",
        formula1=f"'{LISTS_SHEET}'!${source}$2:${source}${length + 1}",
        allow_blank=True,
        showErrorMessage=False,  # an alias may be typed; the import says what cannot be read
        sqref=f"{letter}3:{letter}{LAST_ROW}",
    )
    validation.promptTitle, validation.prompt = column.heading, column.hint
    validation.showInputMessage = True
    return validation


def add_lists(workbook: Workbook, references: References) -> None:
    """The hidden sheet 字典: the version of the template in A1 and the lists of the drop-downs."""
    sheet = workbook.create_sheet(LISTS_SHEET)
    sheet.sheet_state = "hidden"
    names = [references.choices(name) for name in _LISTS]
    headings = [references.by_name[name].heading for name in _LISTS]
    cells = TextCells(sheet)
    sheet.append([cells(text) for text in (TEMPLATE_VERSION, *headings)])
    for i in range(max(len(choices) for choices in names)):
        texts = ["", *(choices[i] if i < len(choices) else "" for choices in names)]
        sheet.append([cells(text) for text in texts])
    workbook.defined_names[VERSION_CELL] = DefinedName(VERSION_CELL, attr_text=f"'{LISTS_SHEET}'!$A$1")

"""下载错误数据: the failed rows in the template's layout with what is wrong, to be corrected and uploaded again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment

from importer.adapters.long_rows import LongRows, save
from importer.adapters.sheet_layout import TextCells, add_lists, heading_cells, hint_cells, lay_out
from importer.domain.columns import ALREADY_SHEET, FIRST_DATA_ROW, SHEET_NAME, SUMMARY_SHEET
from importer.domain.references import References

OWN_HEADINGS = ("错误列", "错误代码", "失败原因", "原文件行号")
_OWN_WIDTHS = (20, 12, 60, 12)
_WIDTH = 25 + len(OWN_HEADINGS)
_AUTHOR = "瓶证"
MOST_COMMENTS = 2_000
"""Comments of one sheet; each is a drawing that Excel loads at once. Every fault also stands in 失败原因."""


@dataclass(frozen=True)
class FailedRow:
    """One row that was not imported. ``row`` as 原文件行号 says it; ``values`` as typed, in the template's order."""

    row: int
    values: Sequence[str]
    codes: Sequence[str]
    columns: Sequence[str]
    messages: Sequence[str]

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """Column, code and message of each error; warnings do not keep a row out."""
        every = zip(self.columns, self.codes, self.messages, strict=True)
        return [fault for fault in every if fault[1].startswith("E")]

    @property
    def is_already_there(self) -> bool:
        """Whether the row's only error is that this application has it (已在本批次)."""
        return [code for _, code, _ in self.faults] == ["E29"]


def write_error_workbook(
    path: Path, rows: Iterable[FailedRow], counts: Mapping[str, int], references: References
) -> None:
    """Write the workbook; ``rows`` in the order of the file, ``counts`` of rows by code.

    Rows already in the application stand on a sheet of their own, which an upload does not read.
    """
    workbook = Workbook(write_only=True)
    with tempfile.TemporaryDirectory(prefix="rows-") as folder:
        failed, already = (
            _RowSheet(workbook, title, references, LongRows(Path(folder), no, _WIDTH))
            for no, title in enumerate((SHEET_NAME, ALREADY_SHEET), start=1)
        )
        for row in rows:
            (already if row.is_already_there else failed).append(row)
        _add_summary(workbook, counts, references)
        add_lists(workbook, references)
        save(workbook, path, (failed.below, already.below))


class _RowSheet:
    """Rows with comments are openpyxl's; those after the last comment, however many, are written plainly."""

    def __init__(self, workbook: Workbook, title: str, references: References, below: LongRows) -> None:
        self._references = references
        self._sheet: Any = workbook.create_sheet(title)
        self._cells = TextCells(self._sheet)
        self._comments = 0
        self._row_no = FIRST_DATA_ROW
        self.below = below
        lay_out(self._sheet, references, _OWN_WIDTHS)
        self._sheet.append(heading_cells(self._cells, references.columns, OWN_HEADINGS))
        self._sheet.append(hint_cells(self._cells, references.columns))

    def append(self, row: FailedRow) -> None:
        marks = {self._references.by_name[name].no: messages for name, messages in _by_column(row).items()}
        if self._comments < MOST_COMMENTS:
            cells = [self._cell(value, marks.get(no)) for no, value in enumerate(row.values, start=1)]
            self._sheet.append(cells + [self._cells(text, "wrapped") for text in self._own(row)])
        else:
            plain = [
                self._cells.plain(value, _look(marks.get(no))) for no, value in enumerate(row.values, start=1)
            ]
            self.below.append(
                self._row_no, plain + [self._cells.plain(text, "wrapped") for text in self._own(row)]
            )
        self._row_no += 1

    def _cell(self, value: str, messages: Sequence[tuple[str, str]] | None) -> Cell:
        look = _look(messages)
        cell: Cell = self._cells(value, look)
        if messages is not None and look == "error" and self._comments < MOST_COMMENTS:
            self._comments += 1
            cell.comment = Comment(
                "\n".join(message for _, message in messages), _AUTHOR, height=80, width=320
            )
        return cell

    def _own(self, row: FailedRow) -> tuple[str, ...]:
        headings = dict.fromkeys(self._references.by_name[column].heading for column, _, _ in row.faults)
        return (
            "、".join(headings),
            "\n".join(code for _, code, _ in row.faults),
            "\n".join(message for _, _, message in row.faults),
            str(row.row),
        )


def _look(messages: Sequence[tuple[str, str]] | None) -> str:
    if messages is None:
        return ""
    return "error" if any(code.startswith("E") for code, _ in messages) else "warning"


def _by_column(row: FailedRow) -> dict[str, list[tuple[str, str]]]:
    marked: dict[str, list[tuple[str, str]]] = {}
    for column, code, message in zip(row.columns, row.codes, row.messages, strict=True):
        marked.setdefault(column, []).append((code, message))
    return marked


def _add_summary(workbook: Workbook, counts: Mapping[str, int], references: References) -> None:
    sheet: Any = workbook.create_sheet(SUMMARY_SHEET)
    for letter, width in zip("ABC", (10, 80, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    cells = TextCells(sheet)
    sheet.append([cells(heading, "heading") for heading in ("代码", "原因", "行数")])
    for code, count in sorted(counts.items(), key=lambda item: (item[0][0] == "W", -item[1], item[0])):
        sheet.append([cells(text) for text in (code, references.codes[code].general(count), str(count))])

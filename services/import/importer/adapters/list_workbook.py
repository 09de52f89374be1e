"""The workbook of 导出清单: the template with the cylinders in it and a column 系统编号."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from importer.adapters.long_rows import LongRows, save
from importer.adapters.sheet_layout import TextCells, add_lists, heading_cells, hint_cells, lay_out
from importer.domain.columns import FIRST_DATA_ROW, SEQUENCE, SHEET_NAME
from importer.domain.references import References

SYSTEM_NO = "系统编号"
_WIDTH = 18


def write_list_workbook(
    path: Path, rows: Iterable[tuple[str, Mapping[str, str]]], references: References
) -> int:
    """Writes it; ``rows`` are 系统编号 and cells by column name. Gives the number of rows."""
    workbook, count = Workbook(write_only=True), 0
    sheet: Any = workbook.create_sheet(SHEET_NAME)
    cells = TextCells(sheet)
    lay_out(sheet, references, (_WIDTH,))
    sheet.append(heading_cells(cells, references.columns, (SYSTEM_NO,)))
    sheet.append(hint_cells(cells, references.columns))
    names = [column.code_name for column in references.columns]
    with tempfile.TemporaryDirectory(prefix="rows-") as folder:
        below = LongRows(Path(folder), 1, len(names) + 1)
        for count, (number, values) in enumerate(rows, start=1):
            texts = (str(count) if name == SEQUENCE else values[name] for name in names)
            below.append(FIRST_DATA_ROW + count - 1, [cells.plain(text) for text in (*texts, number)])
        add_lists(workbook, references)
        save(workbook, path, (below,))
    return count

"""The workbook that a unit fills in: template v1 (domain.md section 8)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook

from importer.adapters.sheet_layout import TextCells, add_lists, heading_cells, hint_cells, lay_out
from importer.adapters.workbook_file import MIB, ReaderLimits
from importer.domain.columns import GUIDE_SHEET, SHEET_NAME, Column
from importer.domain.references import References

_PREPARED_ROWS = 200  # cells that exist; the format of whole columns serves those below
_GUIDE_HEADINGS = ("序号", "列", "是否必填", "单位", "填写要求", "示例")
_GUIDE_WIDTHS = (6, 20, 10, 8, 48, 34)
_NOTES = (
    "填写说明",
    "1. 请从第3行开始填写，一行一只气瓶；第1行表头和第2行提示请勿删除。",
    "2. 单元格均为文本格式，请勿改为数字或日期格式，否则编号开头的0会丢失。",
    "3. 制造单位名称、产品编号、制造年月共同构成气瓶的唯一标识，已登记或正在办理的气瓶不能重复申请。",
    "4. 二维码标识URL请填写扫描气瓶二维码得到的完整网址。",
    "5. 一个申请批次只能登记一种设备品种；可分多个文件导入同一批次，每个文件不超过{rows}万行、{size}MB。",
    "6. 导入后可下载错误数据，在其中改正后直接重新导入。",
)


def template(references: References, limits: ReaderLimits) -> bytes:
    """The template as an .xlsx file; its guide names the limits of a workbook."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(SHEET_NAME)
    lay_out(sheet, references)
    cells = TextCells(sheet)
    sheet.append(heading_cells(cells, references.columns))
    sheet.append(hint_cells(cells, references.columns))
    for _ in range(_PREPARED_ROWS):
        sheet.append([cells("") for _ in references.columns])
    _add_guide(workbook, references, limits)
    add_lists(workbook, references)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _add_guide(workbook: Workbook, references: References, limits: ReaderLimits) -> None:
    sheet: Any = workbook.create_sheet(GUIDE_SHEET)
    for letter, width in zip("ABCDEF", _GUIDE_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    cells = TextCells(sheet)
    for note in _NOTES:
        sheet.append([cells(note.format(rows=f"{limits.max_rows / 10_000:g}", size=limits.max_bytes // MIB))])
    sheet.append([])
    sheet.append([cells(heading, "heading") for heading in _GUIDE_HEADINGS])
    for column in references.columns:
        sheet.append([cells(text, "wrapped") for text in _guide_line(column)])


def _guide_line(column: Column) -> tuple[str, ...]:
    required = "必填" if column.required else ("有条件" if "E23" in column.checks else "选填")
    return str(column.no), column.heading, required, column.unit, column.hint, column.example

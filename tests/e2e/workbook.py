"""A filled-in workbook: sound cylinders of one lot, some of them spoilt in ways whose codes are known."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from tests.e2e.faults import FAULTS, Fault

SHEET = "气瓶信息"
FIRST_ROW = 3
ORIGIN_HEADING = "原文件行号"
CODES_HEADING = "错误代码"

# Heading of the template -> value that does for every cylinder (fictitious maker, licence and body).
_COMMON: dict[str, str] = {
    "设备品种": "焊接气瓶",
    "产品名称": "液化石油气钢瓶",
    "型号": "YSP35.5",
    "充装介质": "液化石油气",
    "制造单位名称": "渝示范压力容器有限公司",
    "公称工作压力": "2.10",
    "水压试验压力": "3.20",
    "公称容积": "35.50",
    "设计壁厚": "3.00",
    "瓶体材料": "HP295",
    "产品标准": "GB/T 5842-2022",
    "设计使用年限": "8",
    "监检机构": "示范特种设备检测研究院",
    "产权性质": "自有",
}

Row = dict[str, Any]


def new_run() -> str:
    """A number that no other run has: its time and four random digits."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    return f"{now:%y%m%d%H%M%S}{secrets.randbelow(10_000):04}"


@dataclass(frozen=True)
class Batch:
    """Cylinders of one run: ``rows`` as they ought to be, ``faults`` by position what is wrong in the first file."""

    run: str
    rows: tuple[Row, ...]
    faults: dict[int, Fault]

    @property
    def expected(self) -> dict[int, frozenset[str]]:
        """The error codes of each spoilt row, by the row's number in the sheet."""
        return {FIRST_ROW + position: frozenset({fault.code}) for position, fault in self.faults.items()}

    def typed(self) -> list[Row]:
        """The rows with their faults, as the unit types them first."""
        return [self._typed(position) for position in range(len(self.rows))]

    def corrected(self, sheet_row: int) -> Row:
        """Heading -> right value of everything that was wrong in a row of the first file."""
        position = sheet_row - FIRST_ROW
        return {heading: self.rows[position][heading] for heading in self._changes(position)}

    def _typed(self, position: int) -> Row:
        return {**self.rows[position], **self._changes(position)}

    def _changes(self, position: int) -> Row:
        fault = self.faults.get(position)
        # Duplicates are those of the first row, which is sound.
        return fault.changes(self.rows[position], self.rows[0]) if fault else {}


def new_batch(count: int, faulty: int, run: str | None = None) -> Batch:
    """``count`` cylinders, ``faulty`` of them spoilt, each by another code (at most one of each)."""
    if faulty > len(FAULTS) or faulty >= count:
        raise ValueError(f"at most {len(FAULTS)} faults, and one sound row")
    number = run or new_run()
    rows = tuple(_row(number, position) for position in range(count))
    step = (count - 1) / faulty if faulty else 0
    places = [1 + int(index * step) for index in range(faulty)]
    return Batch(number, rows, dict(zip(places, FAULTS, strict=False)))


def fill_in(template: bytes, rows: Sequence[Row]) -> bytes:
    """The template with these rows from its third row on."""
    book = openpyxl.load_workbook(BytesIO(template))
    sheet: Any = book[SHEET]
    columns = columns_of(sheet)
    for number, row in enumerate(rows, start=FIRST_ROW):
        for heading, value in row.items():
            sheet.cell(number, columns[heading], value)
    return _saved(book)


def correct(error_workbook: bytes, batch: Batch) -> tuple[bytes, dict[int, frozenset[str]]]:
    """The error workbook with right values in place, nothing else touched; and the codes that it named by row."""
    book = openpyxl.load_workbook(BytesIO(error_workbook))
    sheet: Any = book[SHEET]
    columns = columns_of(sheet)
    named = {}
    for number in range(FIRST_ROW, sheet.max_row + 1):
        origin = int(sheet.cell(number, columns[ORIGIN_HEADING]).value)
        named[origin] = frozenset(str(sheet.cell(number, columns[CODES_HEADING]).value).split())
        for heading, value in batch.corrected(origin).items():
            sheet.cell(number, columns[heading], value)
    return _saved(book), named


def columns_of(sheet: Any) -> dict[str, int]:
    """Heading -> number of its column, of the first row."""
    return {str(cell.value): cell.column for cell in sheet[1] if cell.value}


def month(shift: int, today: date | None = None) -> str:
    """The month ``shift`` months from this one, as YYYY-MM."""
    day = today or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    year, number = divmod(day.year * 12 + day.month - 1 + shift, 12)
    return f"{year}-{number + 1:02}"


def _row(run: str, position: int) -> Row:
    mark = f"{run}{position:03}"
    made = -8 - position % 12
    return {
        **_COMMON,
        "序号": str(position + 1),
        "制造单位许可证编号": f"TS2299999-{month(24)[:4]}",
        "制造年月": month(made),
        "产品编号": f"PZ{mark}",
        "单位内编号": f"YL-{mark}",
        "镂空码": f"H{mark}",
        "二维码标识URL": f"https://qr.example.com/c/{run}/{position:03}",
        "电子标签号(RFID)": f"R280{mark}",
        "监检证书编号": f"JJ-{run}-{position:03}",
        "下次检验日期": month(made + 46),
    }


def _saved(book: openpyxl.Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()

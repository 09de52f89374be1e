"""The 25 columns of the template: the table ``template_columns.csv`` as objects, and how headings find them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from importer.domain.text import norm_text

TEMPLATE_VERSION = "1"
SHEET_NAME = "气瓶信息"
GUIDE_SHEET = "填写说明"
LISTS_SHEET = "字典"
ALREADY_SHEET = "已在本批次"
SUMMARY_SHEET = "错误汇总"
VERSION_CELL = "template_version"
FIRST_DATA_ROW = 3

SEQUENCE = "row_no"
"""序号: read by nobody, kept by the error workbook. In a batch its cells are the column ``sequence``, since
``row_no`` there is the number of the row in the sheet."""

OTHER_HEADINGS = {
    "制造单位": "manufacturer_name",
    "出厂编号": "serial_no",
    "自编号": "unit_serial_no",
    "容积": "volume_l",
}
"""Headings of other lists that mean a column of ours (domain.md section 8)."""

EXTRA_HEADINGS = {
    "原文件行号": "origin_row",
    "系统编号": "system_no",
    "错误代码": "carried_codes",
    "错误列": "carried_columns",
    "失败原因": "carried_reasons",
}
"""Columns of our own error workbook and list: no warning for them."""

_CLAUSE = re.compile(r"([EW][0-9]{2}) (.+)")
_RANGE = re.compile(r"([0-9.]+)\.\.([0-9.]+)")
_LIMIT = re.compile(r">= ([0-9.]+)")
_UNIT = re.compile(r"\([^()]*\)")
_DECIMAL = re.compile(r"decimal\(([0-9]+),([0-9]+)\)")


@dataclass(frozen=True)
class Column:
    """One column. ``checks`` maps a code to what the table says of it, e.g. E03 → "length 1..60"."""

    no: int
    heading: str
    code_name: str
    type: str
    required: bool
    unit: str
    checks: Mapping[str, str]
    example: str
    hint: str

    @property
    def cells(self) -> str:
        """The name of the column's cells in a batch."""
        return "sequence" if self.code_name == SEQUENCE else self.code_name

    @property
    def scale(self) -> int:
        """Decimals of a number column; a whole number has none."""
        found = _DECIMAL.fullmatch(self.type)
        return int(found[2]) if found else 0

    @property
    def is_number(self) -> bool:
        """Whether the column holds a quantity."""
        return self.type.startswith("decimal") or (self.type == "int" and self.code_name != SEQUENCE)

    def limits(self, code: str) -> tuple[str, str]:
        """Lower and upper limit that the check of this code sets, as the table writes them."""
        found = _RANGE.search(self.checks[code])
        if not found:
            raise ValueError(f"{self.code_name}: {code} names no range")
        return found[1], found[2]

    def units(self, code: str) -> tuple[int, int]:
        """The same limits counted in units of the last decimal."""
        low, high = self.limits(code)
        return int(Decimal(low).scaleb(self.scale)), int(Decimal(high).scaleb(self.scale))

    def least(self, code: str) -> Decimal:
        """The lower limit of a check such as ``P x V >= 1.0``."""
        found = _LIMIT.search(self.checks[code])
        if not found:
            raise ValueError(f"{self.code_name}: {code} names no limit")
        return Decimal(found[1])

    def words(self, code: str) -> tuple[str, ...]:
        """The words that the check looks for, such as ``contains 灭火 / 呼吸``."""
        listed = re.sub(r"^(contains|starts with) ", "", self.checks[code])
        return tuple(word.strip() for word in listed.split(" / "))


def columns_of(rows: Iterable[Mapping[str, str]]) -> tuple[Column, ...]:
    """The columns in the order of the template, from rows of template_columns.csv."""
    return tuple(
        Column(
            no=int(row["no"]),
            heading=row["heading"],
            code_name=row["code_name"],
            type=row["type"],
            required=row["required"] == "Y",
            unit=row["unit"],
            checks=_checks(row["rule"]),
            example=row["example"],
            hint=row["hint"],
        )
        for row in rows
    )


def _checks(rule: str) -> dict[str, str]:
    clauses = (_CLAUSE.fullmatch(clause.strip()) for clause in rule.split(";"))
    return {found[1]: found[2] for found in clauses if found}


def norm_heading(heading: str) -> str:
    """A heading as it is compared: NFKC, no spaces, no unit in brackets, no star, upper case."""
    return _UNIT.sub("", norm_text(heading)).replace(" ", "").replace("*", "").upper()


@dataclass(frozen=True)
class HeadingMap:
    """Which column of the sheet (from 0) holds which column of ours, and what is wrong with the headings."""

    positions: Mapping[str, int]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    unknown: tuple[str, ...]


def match_headings(headings: Iterable[str], columns: Iterable[Column]) -> HeadingMap:
    """Find our columns in a row of headings, in any order; the first of a repeated heading counts."""
    columns = tuple(columns)
    known = {norm_heading(name): code for name, code in (OTHER_HEADINGS | EXTRA_HEADINGS).items()}
    known |= {norm_heading(column.heading): column.code_name for column in columns}
    ours = {column.code_name: column.heading for column in columns}
    positions: dict[str, int] = {}
    repeated: list[str] = []
    unknown: list[str] = []
    for position, heading in enumerate(headings):
        code = known.get(norm_heading(heading))
        if code is None:
            unknown += [norm_text(heading)] if norm_text(heading) else []
        elif code not in positions:
            positions[code] = position
        elif code in ours:
            repeated.append(ours[code])
    missing = tuple(c.heading for c in columns if c.required and c.code_name not in positions)
    return HeadingMap(positions, missing, tuple(dict.fromkeys(repeated)), tuple(dict.fromkeys(unknown)))


def is_hint(variety_cell: str, columns: Iterable[Column]) -> bool:
    """Whether this 设备品种 cell of row 2 holds the template's hint."""
    hint = next(column.hint for column in columns if column.code_name == "variety_name")
    return norm_text(variety_cell).replace(" ", "").startswith(norm_text(hint).split(";")[0])

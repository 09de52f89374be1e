"""Ways to fill in a row wrongly: one for each code, and nothing else wrong by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Changes = Callable[[Row, Row], Row]


@dataclass(frozen=True)
class Fault:
    """``code`` is what the import must say; ``changes(row, first)`` gives the wrong values by heading."""

    code: str
    changes: Changes


def _wrong(heading: str, value: Any) -> Changes:
    return lambda _row, _first: {heading: value}


def _same_as_first(*headings: str) -> Changes:
    """The values of the first row of the file: duplicates inside the file."""
    return lambda _row, first: {heading: first[heading] for heading in headings}


def _text_before(heading: str, text: str) -> Changes:
    return lambda row, _first: {heading: f"{text}{row[heading]}"}


def _next_year(row: Row, _first: Row) -> Row:
    """制造年月 two years ahead of what it is: later than this month for every cylinder of a batch."""
    year, _, month = row["制造年月"].partition("-")
    return {"制造年月": f"{int(year) + 2}-{month}"}


def _too_late(row: Row, _first: Row) -> Row:
    """下次检验日期 half a year after the latest one that 48 months allow."""
    year, _, month = row["下次检验日期"].partition("-")
    return {"下次检验日期": f"{int(year) + 1}-{month}"}


# The duplicates come first, so that a small file has some of them.
FAULTS: tuple[Fault, ...] = (
    Fault("E09", _same_as_first("制造单位名称", "产品编号", "制造年月")),
    Fault("E14", _same_as_first("二维码标识URL")),
    Fault("E01", _wrong("产品名称", None)),
    Fault("E04", _wrong("产权性质", "借用")),
    Fault("E05", _wrong("公称容积", "三十五升半")),
    Fault("E06", _wrong("设计壁厚", "0.10")),
    Fault("E07", _wrong("制造年月", "去年五月")),
    Fault("E08", _next_year),
    Fault("E11", _wrong("监检证书编号", "3.5E+11")),
    Fault("E12", _text_before("产品编号", "编号")),
    Fault("E13", _wrong("二维码标识URL", "二维码见瓶体")),
    Fault("E02", _wrong("设备品种", "无缝气瓶")),
    Fault("E16", _wrong("公称工作压力", "88.00")),
    Fault("E17", _wrong("水压试验压力", "1.20")),
    Fault("E18", _wrong("公称容积", "5000.00")),
    Fault("E20", _same_as_first("镂空码")),
    Fault("E30", _same_as_first("电子标签号(RFID)")),
    Fault("E25", _too_late),
    Fault("E36", _wrong("制造年月", 2023.1)),
    Fault("E03", _wrong("型号", "YSP35.5" * 8)),
)

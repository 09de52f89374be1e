"""Months and dates as people type them (domain.md section 11).

A month is counted as year × 12 + month − 1, so that adding months is adding numbers.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from importer.domain.cells import Cell, Kind, Reading
from importer.domain.text import norm_text

_MIDNIGHT = re.compile(r"[ T]00:00(:00)?$")
_SEPARATED = re.compile(r"([0-9]{4})([-./])([0-9]{1,2})(?:\2([0-9]{1,2}))?")
_CHINESE = re.compile(r"([0-9]{4})(年)([0-9]{1,2})月(?:([0-9]{1,2})日)?")
_DIGITS = re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})?")
_NUMBER = re.compile(r"[0-9]{1,8}(\.[0-9]+)?")
_YEAR_AND_FRACTION = re.compile(r"([0-9]{4})\.([0-9]{1,2})")
_DATE_CELL = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})([ T].*)?")

_DAY_ZERO = date(1899, 12, 30)  # of day numbers from 1900-03-01 on; earlier ones are out of range here
_FIRST_DAY, _LAST_DAY = 25569, 73050  # 1970-01-01 and 2099-12-31
_SHIFT_1904 = 1462  # days between the two date systems of Excel


class Due(NamedTuple):
    """The next inspection: a month, or a day of it. ``last_day`` is the end of what was given."""

    text: str
    last_day: date


def month_of(day: date) -> int:
    """The month that holds the day."""
    return day.year * 12 + day.month - 1


def month_text(month: int) -> str:
    """YYYY-MM."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def end_of_month(month: int) -> date:
    """The last day of the month."""
    year, index = divmod(month, 12)
    return date(year, index + 1, monthrange(year, index + 1)[1])


def add_months(day: date, months: int) -> date:
    """The same day so many months later; a day that does not exist becomes the last of the month."""
    month = month_of(day) + months
    return min(end_of_month(month), date(month // 12, month % 12 + 1, 1) + timedelta(days=day.day - 1))


def read_month(cell: Cell, date1904: bool = False) -> Reading[int]:
    """制造年月. Faults: E07 unreadable, E36 a number such as 2023.1 that may be January or October."""
    if cell.kind == Kind.NUMBER and _YEAR_AND_FRACTION.fullmatch(cell.text):
        return _month_of_fraction(cell.text)
    found = _read(cell, date1904, month_numbers=True)
    return Reading(month_of(found.last_day) if found else None, _fault(cell, found))


def read_day(cell: Cell, date1904: bool = False) -> Reading[date]:
    """最近一次检验日期: a full day. Fault: E07."""
    found = _read(cell, date1904, month_numbers=False)
    if found is not None and len(found.text) == len("YYYY-MM"):
        found = None
    return Reading(found.last_day if found else None, _fault(cell, found))


def read_due(cell: Cell, date1904: bool = False) -> Reading[Due]:
    """下次检验日期: a month or a day. Fault: E07."""
    found = _read(cell, date1904, month_numbers=True)
    return Reading(found, _fault(cell, found))


def _fault(cell: Cell, found: Due | None) -> str | None:
    return "E07" if found is None and norm_text(cell.text) else None


def _read(cell: Cell, date1904: bool, month_numbers: bool) -> Due | None:
    if cell.kind == Kind.DATE:
        parts = _DATE_CELL.fullmatch(cell.text)
        return _day(parts[1], parts[2], parts[3]) if parts else None
    if cell.kind == Kind.NUMBER:
        return _from_number(cell.text, date1904, month_numbers)
    return _from_text(cell.text)


def _from_text(text: str) -> Due | None:
    text = _MIDNIGHT.sub("", norm_text(text)).replace(" ", "")
    for pattern in (_SEPARATED, _CHINESE, _DIGITS):
        if parts := pattern.fullmatch(text):
            return _day(parts[1], parts[3], parts[4])
    return None


def _from_number(text: str, date1904: bool, month_numbers: bool) -> Due | None:
    if not _NUMBER.fullmatch(text):
        return None
    whole, _, fraction = text.partition(".")
    if not fraction and (len(whole) == 8 or (len(whole) == 6 and month_numbers)):
        return _from_text(whole)
    number = int(Decimal(text)) + (_SHIFT_1904 if date1904 else 0)
    if not _FIRST_DAY <= number <= _LAST_DAY:
        return None
    day = _DAY_ZERO + timedelta(days=number)
    return Due(day.isoformat(), day)


def _month_of_fraction(text: str) -> Reading[int]:
    year, fraction = text.split(".")
    if fraction == "1":
        return Reading(fault="E36")
    found = _day(year, fraction, None)
    return Reading(month_of(found.last_day)) if found else Reading(fault="E07")


def _day(year: str, month: str, day: str | None) -> Due | None:
    """The month or day, or None when it does not exist."""
    if not (int(year) >= 1 and 1 <= int(month) <= 12):
        return None
    if day is None:
        last = end_of_month(int(year) * 12 + int(month) - 1)
        return Due(f"{year}-{int(month):02d}", last)
    try:
        exact = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return Due(exact.isoformat(), exact)

"""Decimal numbers as people type them, counted in units of their last decimal."""

from __future__ import annotations

import re
from decimal import Decimal

from importer.domain.cells import Cell, Reading
from importer.domain.text import norm_text

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(E[+-]?[0-9]{1,2})?", re.IGNORECASE)
_NOISE = Decimal("1e-6")  # what binary floats add to a decimal number (note below the table of section 8)


def read_decimal(cell: Cell, scale: int) -> Reading[int]:
    """The number times 10^``scale``, exact. Fault E05: no number, or more decimals than ``scale``."""
    text = norm_text(cell.text).replace(" ", "")
    if not text:
        return Reading()
    if not _NUMBER.fullmatch(text):
        return Reading(fault="E05")
    exact = Decimal(text)
    units = int((exact.scaleb(scale)).to_integral_value())
    if abs(units) > 10**15 or abs(Decimal(units).scaleb(-scale) - exact) > _NOISE:
        return Reading(fault="E05")
    return Reading(units)


def decimal_text(units: int, scale: int) -> str:
    """The number that ``units`` of the last decimal stand for, without zeros that say nothing."""
    text = f"{Decimal(units).scaleb(-scale):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

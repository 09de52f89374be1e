"""Numbers of things (产品编号, 镂空码, …) that Excel may have taken for quantities."""

from __future__ import annotations

import re
from typing import NamedTuple

from importer.domain.cells import Cell, Kind
from importer.domain.text import norm_text

WHOLE = r"^[0-9]{1,15}$"
"""Digits that Excel has kept whole: a number cell below 10^15."""

SCIENTIFIC = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)


class NumeralReading(NamedTuple):
    """The digits or text; ``fault`` E11 when digits are lost; ``was_number`` when leading zeros may be (W08)."""

    text: str | None = None
    fault: str | None = None
    was_number: bool = False


def read_numeral(cell: Cell) -> NumeralReading:
    """A whole number cell below 10^15 → its digits; any other number or date cell and 3.5E+11 → E11."""
    text = norm_text(cell.text)
    if not text:
        return NumeralReading()
    if cell.kind == Kind.NUMBER and re.match(WHOLE, text):
        return NumeralReading(text, was_number=True)
    if cell.kind in (Kind.NUMBER, Kind.DATE) or SCIENTIFIC.fullmatch(text):
        return NumeralReading(fault="E11")
    return NumeralReading(text)

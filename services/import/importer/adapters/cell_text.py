"""From the values that the reading library gives to text columns with kinds. Runs in the reading process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from importer.domain.cells import Kind

_LOST_DIGITS = 1e15  # from here on Excel no longer keeps every digit


def number_text(value: float) -> str:
    """A number as its shortest digits, 23050012345 or 35.5; from 10^15 on as Excel shows it, 1.5E+15."""
    if abs(value) >= _LOST_DIGITS:
        return f"{value:.15G}"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text


def text_and_kind(value: Any) -> tuple[str | None, int | None]:
    """One value that is no text."""
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), Kind.OTHER
    if isinstance(value, int | float):
        return number_text(value), Kind.NUMBER
    if isinstance(value, datetime):
        return value.isoformat(" "), Kind.DATE
    if isinstance(value, date):
        return value.isoformat(), Kind.DATE
    return str(value), Kind.OTHER


def arrays_of(column: Sequence[Any]) -> tuple[pa.Array, pa.Array]:
    """The texts of a column (empty cells stay empty text), and the kinds, all null when every cell is text."""
    try:
        return pa.array(column, pa.string()), pa.nulls(len(column), pa.uint8())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        pairs = [(value, None) if type(value) is str else text_and_kind(value) for value in column]
        texts, kinds = zip(*pairs, strict=True)
        return pa.array(texts, pa.string()), pa.array(kinds, pa.uint8())


def arrays_of_cells(column: Sequence[Any]) -> tuple[pa.Array, pa.Array]:
    """The same for cells that know their formula; one without a stored result is its formula, of that kind."""
    pairs = [_of_cell(cell) for cell in column]
    texts, kinds = zip(*pairs, strict=True)
    return pa.array(texts, pa.string()), pa.array(kinds, pa.uint8())


def _of_cell(cell: Any) -> tuple[str | None, int | None]:
    value = cell.value
    if value == "" and cell.formula is not None:
        return cell.formula, Kind.FORMULA
    return (value, None) if type(value) is str else text_and_kind(value)

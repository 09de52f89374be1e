"""How each kind of column is read: a fast pattern for usual cells, the scalar function for all others.

A pattern only accepts cells that the scalar function would read to the same value (tested by hypothesis).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from importer.domain.cells import Cell, Kind
from importer.domain.columns import Column
from importer.domain.identity import norm_manufacturer, norm_serial
from importer.domain.months import read_day, read_due, read_month
from importer.domain.numbers import read_decimal
from importer.domain.numerals import WHOLE, read_numeral
from importer.domain.references import References
from importer.domain.rules.memo import Memo
from importer.domain.text import is_error_value, norm_name, norm_text, norm_url

_HAN = "\u4e00-\u9fff"
_FAST_TEXT = f'^[!-"$-~{_HAN}][!-~{_HAN}]*( [!-~{_HAN}]+)*$'
_FAST_OWN_NUMBER = f'^[!-"$-*,-~{_HAN}][!-*,-~{_HAN}]*$'
_FAST_SERIAL = r"^[0-9A-Z\-./]+$"
_FAST_URL = r"^https?://[a-z0-9.\-]+(:[0-9]{1,5})?([/?#][!-~]*)?$"

FAULT = "fault"


@dataclass(frozen=True)
class Reader:
    """Reads one column. ``main`` and further outputs become columns of the typed frame; ``fault`` a code or null.

    ``fast`` is a pattern of plain text cells whose value is their text. ``digits`` lets whole number cells through
    as their digits, marked by the output ``was_number``.
    """

    memo: Memo
    outputs: tuple[str, ...]
    fast: str | None = None
    digits: bool = False

    def apply(self, texts: pl.Series, kinds: pl.Series | None) -> pl.DataFrame:
        """Outputs and ``fault``, one row per cell."""
        if self.fast is None:
            return self.memo.apply(texts, kinds)
        usual = texts.str.contains(self.fast).fill_null(value=True)
        if kinds is not None and kinds.null_count() < kinds.len():
            usual &= kinds.is_null()
            numbers = (kinds == Kind.NUMBER).fill_null(value=False) & texts.str.contains(WHOLE).fill_null(
                value=False
            )
        else:
            numbers = pl.repeat(value=False, n=texts.len(), eager=True)
        if not self.digits:
            numbers = pl.repeat(value=False, n=texts.len(), eager=True)
        return self._mixed(texts, kinds, usual, numbers)

    def _mixed(
        self, texts: pl.Series, kinds: pl.Series | None, usual: pl.Series, numbers: pl.Series
    ) -> pl.DataFrame:
        plain = {self.outputs[0]: texts, FAULT: pl.repeat(None, texts.len(), dtype=pl.String, eager=True)}
        if self.digits:
            plain["was_number"] = numbers
        frame = pl.DataFrame(plain)
        odd = (~(usual | numbers)).arg_true()
        if odd.is_empty():
            return frame
        read = self.memo.apply(texts.gather(odd), kinds.gather(odd) if kinds is not None else None)
        return frame.with_columns(frame[name].scatter(odd, read[name]) for name in frame.columns)


def reader_of(column: Column, references: References, date1904: bool) -> Reader:
    """The reader of one column of the template."""
    if column.code_name in _SPECIAL:
        return _SPECIAL[column.code_name](references, date1904)
    if column.is_number:
        return _decimal(column.scale)
    return _plain()


def _checked(
    read: Callable[[Cell], tuple[Any, ...]], nothing: tuple[Any, ...]
) -> Callable[[Cell], tuple[Any, ...]]:
    """Before all else: E27, and a cell of blanks only is empty. The fault is the last field."""

    def guarded(cell: Cell) -> tuple[Any, ...]:
        if cell.kind == Kind.FORMULA or is_error_value(cell.text):
            return (*nothing, "E27")
        return read(cell) if norm_text(cell.text) else (*nothing, None)

    return guarded


def _plain() -> Reader:
    read = _checked(lambda cell: (norm_text(cell.text), None), (None,))
    return Reader(Memo(read, {"main": pl.String, FAULT: pl.String}), ("main",), fast=_FAST_TEXT)


def _decimal(scale: int) -> Reader:
    read = _checked(lambda cell: tuple(read_decimal(cell, scale)), (None,))
    return Reader(Memo(read, {"main": pl.Int64, FAULT: pl.String}), ("main",))


def _numeral(fast: str, norm: Callable[[str], str]) -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        found = read_numeral(cell)
        return (norm(found.text) or None) if found.text else None, found.was_number, found.fault

    schema = {"main": pl.String, "was_number": pl.Boolean, FAULT: pl.String}
    return Reader(Memo(_checked(read, (None, False)), schema), ("main",), fast=fast, digits=True)


def _url() -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        url = norm_url(cell.text)
        return url, None if url else "E13"

    return Reader(
        Memo(_checked(read, (None,)), {"main": pl.String, FAULT: pl.String}), ("main",), fast=_FAST_URL
    )


def _manufacturer() -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        maker = norm_manufacturer(cell.text)
        return (norm_text(cell.text), maker, None) if maker else (None, None, None)  # dots and commas only

    schema = {"main": pl.String, "maker": pl.String, FAULT: pl.String}
    return Reader(Memo(_checked(read, (None, None)), schema), ("main", "maker"))


def _variety(references: References) -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        code = references.variety_codes.get(norm_name(cell.text))
        return (code, references.varieties[code].group, None) if code else (None, None, "E04")

    schema = {"main": pl.String, "variety_group": pl.String, FAULT: pl.String}
    return Reader(Memo(_checked(read, (None, None)), schema), ("main", "variety_group"))


def _medium(references: References) -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        code = references.medium_codes.get(norm_name(cell.text))
        if code is None:
            return None, None, None, "E04"
        medium = references.media[code]
        return code, medium.usual_min, medium.usual_max, None

    schema = {"main": pl.String, "usual_min": pl.Int64, "usual_max": pl.Int64, FAULT: pl.String}
    return Reader(Memo(_checked(read, (None, None, None)), schema), ("main", "usual_min", "usual_max"))


def _ownership(references: References) -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        code = references.ownership_codes.get(norm_name(cell.text))
        return code, None if code else "E04"

    return Reader(Memo(_checked(read, (None,)), {"main": pl.String, FAULT: pl.String}), ("main",))


def _month(date1904: bool) -> Reader:
    read = _checked(lambda cell: tuple(read_month(cell, date1904)), (None,))
    return Reader(Memo(read, {"main": pl.Int32, FAULT: pl.String}), ("main",))


def _day(date1904: bool) -> Reader:
    read = _checked(lambda cell: tuple(read_day(cell, date1904)), (None,))
    return Reader(Memo(read, {"main": pl.Date, FAULT: pl.String}), ("main",))


def _due(date1904: bool) -> Reader:
    def read(cell: Cell) -> tuple[Any, ...]:
        found = read_due(cell, date1904)
        return (*(found.value or (None, None)), found.fault)

    schema = {"main": pl.String, "next_end": pl.Date, FAULT: pl.String}
    return Reader(Memo(_checked(read, (None, None)), schema), ("main", "next_end"))


_SPECIAL: dict[str, Callable[[References, bool], Reader]] = {
    "variety_name": lambda references, _: _variety(references),
    "medium_name": lambda references, _: _medium(references),
    "ownership": lambda references, _: _ownership(references),
    "manufacturer_name": lambda _, __: _manufacturer(),
    "manufacture_ym": lambda _, date1904: _month(date1904),
    "last_inspection_date": lambda _, date1904: _day(date1904),
    "next_inspection_date": lambda _, date1904: _due(date1904),
    "serial_no": lambda _, __: _numeral(_FAST_SERIAL, norm_serial),
    "hollow_code": lambda _, __: _numeral(_FAST_SERIAL, norm_serial),
    "rfid_no": lambda _, __: _numeral(_FAST_SERIAL, norm_serial),
    "unit_serial_no": lambda _, __: _numeral(_FAST_OWN_NUMBER, norm_text),
    "supervision_cert_no": lambda _, __: _numeral(_FAST_OWN_NUMBER, norm_text),
    "qr_url": lambda _, __: _url(),
}

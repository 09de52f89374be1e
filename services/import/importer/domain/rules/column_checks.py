"""Checks of one column by itself, made from the columns table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from importer.domain.cells import Cell
from importer.domain.columns import Column
from importer.domain.identity import SERIAL_CHARACTERS
from importer.domain.months import month_of, read_month
from importer.domain.references import References
from importer.domain.rules.check import Check, Param

_SCOPE = {"nominal_pressure_mpa": "E16", "volume_l": "E18"}
"""Ranges of the law have codes of their own; the other ranges are E06."""


def column_checks(references: References, today: date, batch_group: str | None) -> tuple[Check, ...]:
    """E02, E03, E06, E08, E12, E16, E18, E32, E33: what needs no other column."""
    checks = [check for column in references.columns for check in _own(column)]
    checks.append(_serial_characters())
    checks += _manufacture_month(references.by_name["manufacture_ym"], today)
    checks.append(Check("E33", "last_inspection_date", pl.col("last_inspection_date") > today))
    if batch_group is not None:
        checks.append(_other_group(references, batch_group))
    return tuple(checks)


def _own(column: Column) -> Iterator[Check]:
    if "E03" in column.checks:
        yield _length(column)
    code = _SCOPE.get(column.code_name, "E06")
    if column.is_number and code in column.checks:
        yield _range(column, code)


def _length(column: Column) -> Check:
    low, high = (int(limit) for limit in column.limits("E03"))
    length = pl.col(column.code_name).str.len_chars()
    params: dict[str, Param | str] = {"min": str(low), "max": str(high), "length": Param(length)}
    return Check("E03", column.code_name, ~length.is_between(low, high), params)


def _range(column: Column, code: str) -> Check:
    low, high = column.units(code)
    least, most = column.limits(code)
    inside = pl.col(column.code_name).is_between(low, high)
    return Check(code, column.code_name, ~inside, {"min": least, "max": most, "unit": column.unit})


def _serial_characters() -> Check:
    serial = pl.col("serial_no")
    strange = serial.str.replace_all(f"[{SERIAL_CHARACTERS}]", "")
    params = {"chars": Param(strange, lambda chars: "".join(dict.fromkeys(chars)))}
    return Check("E12", "serial_no", serial.str.contains(f"[^{SERIAL_CHARACTERS}]"), params)


def _manufacture_month(column: Column, today: date) -> Iterator[Check]:
    month = pl.col("manufacture_ym")
    earliest = column.checks["E32"].removeprefix("not before ")
    yield Check("E08", column.code_name, month > month_of(today))
    first = read_month(Cell(earliest)).value
    yield Check("E32", column.code_name, month < first, {"min": earliest})


def _other_group(references: References, batch_group: str) -> Check:
    params = {"batch_variety": references.varieties[batch_group].name}
    return Check("E02", "variety_name", pl.col("variety_group") != batch_group, params)

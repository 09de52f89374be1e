"""A check: a code, the column that it blames, when it holds, and what its message says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from importer.domain.months import month_text
from importer.domain.numbers import decimal_text

DEPENDENTS: Mapping[str, tuple[str, ...]] = {
    "variety_name": ("variety_group",),
    "medium_name": ("usual_min", "usual_max"),
    "manufacturer_name": ("maker",),
    "next_inspection_date": ("next_end",),
}
"""Columns of the typed frame that fall with the column they come from."""


@dataclass(frozen=True)
class Param:
    """A placeholder of a message: an expression over the typed frame, and how its value is written."""

    value: pl.Expr
    write: Callable[[Any], str] = str


def month_param(expression: pl.Expr) -> Param:
    """A month, written YYYY-MM."""
    return Param(expression, month_text)


def decimal_param(expression: pl.Expr, scale: int) -> Param:
    """A number counted in units of its last decimal."""
    return Param(expression, lambda units: decimal_text(units, scale))


@dataclass(frozen=True)
class Check:
    """One line of the rules.

    ``when`` over the typed frame: true blames the row, null does not (an input is empty or has failed already).
    ``params`` beside ``heading`` and ``value``, which every message may use. An error empties its column (and
    ``hides``) for the checks that follow: a check whose input already failed is not run (domain.md section 9).
    """

    code: str
    column: str
    when: pl.Expr
    params: Mapping[str, Param | str] = field(default_factory=dict)
    hides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """The rows of a batch that one code blames, with the frame as it was when the check was made."""

    code: str
    column: str
    mask: pl.Series
    frame: pl.DataFrame
    params: Mapping[str, Param | str] = field(default_factory=dict)


def run(checks: Iterable[Check], frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Hit]]:
    """Make checks that do not depend on each other; the frame comes back without what has failed."""
    checks = tuple(checks)
    masks = frame.select(check.when.fill_null(value=False).alias(str(i)) for i, check in enumerate(checks))
    hits = [
        Hit(check.code, check.column, mask, frame, check.params)
        for check, mask in zip(checks, masks.get_columns(), strict=True)
        if mask.any()
    ]
    failed: dict[str, pl.Series] = {}
    hides = {(check.code, check.column): check.hides for check in checks}
    for hit in hits:
        if hit.code.startswith("E"):
            for name in (*fallen(hit.column), *hides[hit.code, hit.column]):
                failed[name] = failed[name] | hit.mask if name in failed else hit.mask
    return frame.with_columns(
        pl.when(~mask).then(pl.col(name)).alias(name) for name, mask in failed.items()
    ), hits


def fallen(column: str) -> tuple[str, ...]:
    """The column and what was made from it."""
    return (column, *DEPENDENTS.get(column, ()))

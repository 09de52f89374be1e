"""What a cylinder's build says about it: whether the medium may go in, and which interval holds."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from importer.domain.intervals import VEHICLE, Build, interval_rule
from importer.domain.references import References
from importer.domain.rules.cross_checks import month_index

_KEYS = ("variety_name", "medium_name", "product_name", "model", "material")
_SCHEMA = {
    "allowed": pl.String,
    "interval": pl.Int32,
    "life": pl.Int32,
    "hard": pl.Boolean,
    "vehicle": pl.Boolean,
}


class Kinship(NamedTuple):
    """``allowed`` is yes, warn or no; months are None without a rule; ``vehicle`` is None when the name failed."""

    allowed: str
    interval: int | None = None
    life: int | None = None
    hard: bool = False
    vehicle: bool | None = None


def kinship_of(build: Build, name_known: bool, references: References) -> Kinship:
    """The kinship of one build. A pair without a row is unusual, not forbidden (domain.md section 13)."""
    allowed = references.pairs.get((build.medium, build.variety), "warn")
    if not name_known:  # a vehicle cylinder shows by its name, so nothing can be said of the interval
        return Kinship(allowed)
    rule = interval_rule(build, references.media[build.medium].gas_group, references.intervals)
    vehicle = VEHICLE in build.product_name
    if rule is None:
        return Kinship(allowed, vehicle=vehicle)
    return Kinship(allowed, rule.interval, rule.life, rule.hard, vehicle)


def with_kinship(frame: pl.DataFrame, references: References) -> pl.DataFrame:
    """The frame with the fields of :class:`Kinship`, null where variety or medium is unknown."""
    builds = frame.select(_KEYS).unique()
    found = [_of_row(row, references) for row in builds.iter_rows()]
    table = builds.hstack(pl.DataFrame(found, schema=_SCHEMA, orient="row").get_columns())
    return frame.join(table, on=_KEYS, how="left", nulls_equal=True, maintain_order="left")


def _of_row(row: tuple[str | None, ...], references: References) -> tuple[object, ...]:
    variety, medium, name, model, material = row
    if variety is None or medium is None:
        return (None,) * len(_SCHEMA)
    return kinship_of(
        Build(variety, medium, name or "", model or "", material or ""), name is not None, references
    )


def with_due(frame: pl.DataFrame, this_month: int) -> pl.DataFrame:
    """The frame with ``base`` (month from which the interval runs) and ``due`` (never inspected and over time)."""
    made, never = pl.col("manufacture_ym"), ~pl.col("last_given")
    base = pl.when(never).then(made).otherwise(month_index(pl.col("last_inspection_date")))
    due = never & (this_month > made + pl.col("interval"))
    return frame.with_columns(base=base, due=due.fill_null(value=False))

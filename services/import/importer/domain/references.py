"""The lists that a day's rules refer to: varieties, media, which medium goes into what, intervals."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from importer.domain.codes import ImportCode, codes_of
from importer.domain.columns import Column, columns_of
from importer.domain.intervals import IntervalRule, interval_rules_of
from importer.domain.text import norm_name

Rows = Iterable[Mapping[str, str]]

OWNERSHIP_CODES = {"自有": "OWNED", "托管": "ENTRUSTED", "租赁": "LEASED"}
"""Code names of 产权性质 (glossary). Which of them may be chosen stands in the columns table."""


@dataclass(frozen=True)
class Variety:
    """A variety, or one of its leaves. ``group`` is the batch group of an application."""

    code: str
    name: str
    group: str
    selectable: bool
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Medium:
    """A medium. The usual pressures are hundredths of MPa; None means no hint."""

    code: str
    name: str
    gas_group: str
    usual_min: int | None
    usual_max: int | None
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class References:
    """Everything that holds on one day."""

    columns: tuple[Column, ...]
    codes: Mapping[str, ImportCode]
    varieties: Mapping[str, Variety]
    media: Mapping[str, Medium]
    pairs: Mapping[tuple[str, str], str]
    intervals: tuple[IntervalRule, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by code name."""
        return {column.code_name: column for column in self.columns}

    @cached_property
    def variety_codes(self) -> Mapping[str, str]:
        """Normalised name or alias → code, of what can be chosen."""
        return _by_name(v for v in self.varieties.values() if v.selectable)

    @cached_property
    def medium_codes(self) -> Mapping[str, str]:
        """Normalised name or alias → code."""
        return _by_name(self.media.values())

    @cached_property
    def ownership_codes(self) -> Mapping[str, str]:
        """Name → code name of 产权性质."""
        return {norm_name(name): OWNERSHIP_CODES[name] for name in self.choices("ownership")}

    def choices(self, column: str) -> tuple[str, ...]:
        """The names of a list column, in the order of its drop-down."""
        if column == "variety_name":
            return tuple(v.name for v in self.varieties.values() if v.selectable)
        if column == "medium_name":
            return tuple(medium.name for medium in self.media.values())
        return self.by_name[column].words("E04")

    def nearest(self, column: str, value: str) -> str:
        """At most five names that come nearest to what was typed, joined for a message."""
        names = self.choices(column)
        near = difflib.get_close_matches(norm_name(value), names, n=5, cutoff=0.0)
        return "、".join(near or names[:5])


def _by_name(items: Iterable[Variety | Medium]) -> dict[str, str]:
    return {norm_name(name): item.code for item in items for name in (item.name, *item.aliases)}


def references_on(day: date, rows: Callable[[str, date], Rows]) -> References:
    """What holds on ``day``; ``rows(name, day)`` gives the dated rows of one list."""
    return References(
        columns=columns_of(rows("template_columns", day)),
        codes=codes_of(rows("import_codes", day)),
        varieties={row["code"]: _variety(row) for row in rows("varieties", day)},
        media={row["code"]: _medium(row) for row in rows("media", day)},
        pairs={(r["medium_code"], r["variety_code"]): r["allowed"] for r in rows("medium_variety", day)},
        intervals=interval_rules_of(rows("inspection_rules", day)),
    )


def _variety(row: Mapping[str, str]) -> Variety:
    return Variety(
        row["code"], row["name"], row["batch_group"], row["selectable"] == "true", _list(row["aliases"])
    )


def _medium(row: Mapping[str, str]) -> Medium:
    return Medium(
        row["code"],
        row["name"],
        row["gas_group"],
        _hundredths(row["usual_mpa_min"]),
        _hundredths(row["usual_mpa_max"]),
        _list(row["aliases"]),
    )


def _list(field: str) -> tuple[str, ...]:
    return tuple(part for part in field.split("|") if part)


def _hundredths(field: str) -> int | None:
    return int(Decimal(field).scaleb(2)) if field else None

"""The dated rows that the import applies, as shipped: columns, codes, varieties, media, pairs, intervals."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

Row = dict[str, str]


@cache
def seed_rows(name: str) -> tuple[Row, ...]:
    """All rows of ``<name>.csv`` beside this module, whatever their dates."""
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8-sig")
    return tuple(csv.DictReader(text.splitlines()))


def rows_valid_on(rows: tuple[Row, ...], day: date) -> tuple[Row, ...]:
    """The rows that hold on ``day``; ``valid_to`` is the last valid day, an empty or absent date means open."""
    today = day.isoformat()
    return tuple(
        row for row in rows if (row.get("valid_from") or "0000") <= today <= (row.get("valid_to") or "9999")
    )


def seeds_on(name: str, day: date) -> tuple[Row, ...]:
    """The rows of one list that hold on ``day``."""
    return rows_valid_on(seed_rows(name), day)

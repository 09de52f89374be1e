"""What a person should look over after an import: the different makers, models and months, near-equal ones marked.

The identity takes a maker written in two ways for two makers; only a person can tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

import polars as pl

from importer.domain.identity import norm_manufacturer

COLUMNS = ("manufacturer_name", "model", "manufacture_ym")
MOST = 200
"""Values of a column that are kept, the most frequent; nobody looks over more."""

_REMEMBERED = 20_000
_ALIKE = 0.86
_FORMS = re.compile(r"(股份)?有限公司|集团|公司|厂|省|市|[()\-./·\s]")
_LOOKALIKES = str.maketrans("OIL", "011")


class FactCounts:
    """Counts the values of some columns over the sound rows of a workbook, in bounded memory."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in COLUMNS}
        self._forgotten: Counter[str] = Counter()

    def add(self, rows: pl.DataFrame) -> None:
        """The rows of one batch."""
        for name, counts in self._counts.items():
            for value, count in rows[name].drop_nulls().value_counts().iter_rows():
                counts[value] += count
            if len(counts) > _REMEMBERED:
                kept = Counter(dict(counts.most_common(_REMEMBERED // 2)))
                self._forgotten[name] += len(counts) - len(kept)
                self._counts[name] = kept

    def told(self) -> dict[str, Any]:
        """By column ``{"distinct", "items": [[value, count, [near values]], …]}``, the most frequent first."""
        return {name: self._of(name) for name in COLUMNS}

    def _of(self, name: str) -> dict[str, Any]:
        counts = self._counts[name]
        items = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
        near = near_values([value for value, _ in items], name) if name != "manufacture_ym" else {}
        return {
            "distinct": len(counts) + self._forgotten[name],
            "items": [[value, count, near.get(value, [])] for value, count in items],
        }


def near_values(values: Sequence[str], column: str) -> dict[str, list[str]]:
    """For each value those that may be the same thing written otherwise, though the identity tells them apart."""
    read = norm_manufacturer if column == "manufacturer_name" else str.upper
    keys = {value: read(value) for value in values}
    bare = {value: _FORMS.sub("", key).translate(_LOOKALIKES) for value, key in keys.items()}
    near: dict[str, list[str]] = {}
    for i, one in enumerate(values):
        for other in values[i + 1 :]:
            if keys[one] != keys[other] and _alike(bare[one], bare[other], column):
                near.setdefault(one, []).append(other)
                near.setdefault(other, []).append(one)
    return near


def _alike(one: str, other: str, column: str) -> bool:
    """The same without legal form and punctuation; makers also when one character in seven is another."""
    if one == other:
        return True
    if column != "manufacturer_name" or min(len(one), len(other)) < 4:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
    )

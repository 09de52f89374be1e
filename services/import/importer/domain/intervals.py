"""Inspection interval and design life of a cylinder (domain.md section 14, ``inspection_rules.csv``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

ANY = "*"
VEHICLE = "车用"


class Build(NamedTuple):
    """What decides the interval; texts as normalised, empty when not given."""

    variety: str
    medium: str
    product_name: str
    model: str
    material: str


@dataclass(frozen=True)
class IntervalRule:
    """One dated row. Months; None where nothing is fixed. ``hard`` makes E23 and E25 of it, else W23 and W25."""

    variety: str
    subkind: str
    medium_group: str
    interval: int | None
    life: int | None
    hard: bool


SUBKINDS: tuple[tuple[str, Callable[[Build], bool]], ...] = (
    ("acetylene", lambda b: b.variety == "23T0-P"),
    ("welded_insulated", lambda b: b.variety == "23T0-C"),
    ("breathing_composite", lambda b: b.variety == "23T0-W" and "呼吸" in b.product_name),
    ("composite", lambda b: b.variety == "23T0-W"),
    ("lpg_ysp", lambda b: b.variety == "2320" and (b.medium == "LPG" or b.model.upper().startswith("YSP"))),
    ("dme", lambda b: b.variety == "2320" and b.medium == "DME"),
    ("welded_steel", lambda b: b.variety == "2320"),
    ("seamless_aluminium", lambda b: b.variety == "2310" and _is_aluminium(b.material)),
    ("seamless_steel", lambda b: b.variety == "2310"),
)
"""The first that fits. A vehicle cylinder (W09) has none: its rows of the file are for later."""


def _is_aluminium(material: str) -> bool:
    return any(mark in material.upper() for mark in ("铝", "6061", "AA"))


def subkind(build: Build) -> str | None:
    """The kind of cylinder that the interval rows distinguish, or None."""
    if VEHICLE in build.product_name:
        return None
    return next((name for name, fits in SUBKINDS if fits(build)), None)


def interval_rule(build: Build, gas_group: str, rules: Iterable[IntervalRule]) -> IntervalRule | None:
    """The row for this cylinder; one for its gas group wins over one for any."""
    kind = subkind(build)
    fitting = [rule for rule in rules if rule.subkind == kind and rule.variety == build.variety]
    for group in (gas_group, ANY):
        for rule in fitting:
            if rule.medium_group == group:
                return rule
    return None


def cap_months(rules: Iterable[IntervalRule]) -> int | None:
    """The interval that no cylinder may exceed."""
    return next((rule.interval for rule in rules if rule.subkind == "cap"), None)


def interval_rules_of(rows: Iterable[Mapping[str, str]]) -> tuple[IntervalRule, ...]:
    """The rules from rows of inspection_rules.csv."""
    return tuple(
        IntervalRule(
            variety=row["variety"],
            subkind=row["subkind"],
            medium_group=row["medium_group"],
            interval=int(row["interval_months"]) if row["interval_months"] else None,
            life=int(row["life_months"]) if row["life_months"] else None,
            hard=row["severity"] == "error",
        )
        for row in rows
    )

"""Districts and authorities as shipped: dated rows, typed (domain.md section 13)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which a row holds; ``last`` still counts, ``None`` means open."""

    first: date | None
    last: date | None

    def holds(self, day: date) -> bool:
        """Whether ``day`` (Asia/Shanghai) lies in the period."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class District:
    """A 区县. ``successors`` are the districts that took it over, the main one first."""

    code: str
    name: str
    pinyin: str
    kind: str
    period: Period
    successors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """A 登记机关. ``sample`` marks rows whose certificate letters and phone are invented."""

    code: str
    name: str
    district_code: str
    cert_code: str
    phone: str
    pilot: bool
    period: Period
    level: str
    sample: bool


_FLAGS = {"true": True, "false": False}


@cache
def districts() -> tuple[District, ...]:
    """All districts, whatever their dates. Raises ValueError or KeyError on a malformed row."""
    return tuple(
        District(
            code=row["code"],
            name=row["name"],
            pinyin=row["pinyin"],
            kind=row["kind"],
            period=_period(row),
            successors=tuple(filter(None, row["successor"].split("|"))),
        )
        for row in _rows("districts")
    )


@cache
def authorities() -> tuple[Authority, ...]:
    """All authorities, whatever their dates. Raises ValueError or KeyError on a malformed row."""
    return tuple(
        Authority(
            code=row["code"],
            name=row["name"],
            district_code=row["district_code"],
            cert_code=row["cert_code"],
            phone=row["phone"],
            pilot=_FLAGS[row["pilot"]],
            period=_period(row),
            level=row["level"],
            sample=_FLAGS[row["sample"]],
        )
        for row in _rows("authorities")
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def _period(row: dict[str, str]) -> Period:
    return Period(_day(row["valid_from"]), _day(row["valid_to"]))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None

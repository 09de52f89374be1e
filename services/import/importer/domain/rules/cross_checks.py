"""Checks that compare columns with each other and with the reference lists, in the order in which they build."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from importer.domain.months import month_of
from importer.domain.numbers import decimal_text
from importer.domain.references import References
from importer.domain.rules.check import Check, Param, decimal_param, month_param

_SOON = timedelta(days=30)  # W24 「距今不足30天」

_MADE = pl.col("manufacture_ym")
_PRESSURE = pl.col("nominal_pressure_mpa")
_TEST = pl.col("test_pressure_mpa")
_VOLUME = pl.col("volume_l")
_LIFE = pl.col("design_life_years")
_LAST = pl.col("last_inspection_date")
_NEXT_END = pl.col("next_end")
_NAME = pl.col("product_name")
_EXPIRY = _MADE + _LIFE.cast(pl.Int32) * 12
_BASE = pl.col("base")
_INTERVAL = pl.col("interval")


def month_index(day: pl.Expr) -> pl.Expr:
    """The month of a date, counted as in :mod:`importer.domain.months`."""
    return day.dt.year() * 12 + day.dt.month().cast(pl.Int32) - 1


_NEXT_MONTH = month_index(_NEXT_END)


def pair_checks(references: References) -> tuple[Check, ...]:
    """E15, E26, E34: the first checks of two columns."""
    least = references.by_name["nominal_pressure_mpa"].least("E15")
    product = _PRESSURE * _VOLUME
    too_small = product < int(least.scaleb(4))
    e15 = Check(
        "E15", "nominal_pressure_mpa", too_small, {"product": decimal_param(product, 4), "min": str(least)}
    )
    no = pl.col("allowed") == "no"
    e26 = Check(
        "E26", "medium_name", no, _medium_and_variety(references), hides=("allowed", "interval", "life")
    )
    before = month_index(_LAST) < _MADE
    e34 = Check("E34", "last_inspection_date", before, {"manufacture_ym": month_param(_MADE)})
    return e15, e26, e34


def order_checks(today: date, life_reached: bool) -> tuple[Check, ...]:
    """E17, E22, E35: what needs sound inputs of the checks before."""
    e17 = Check("E17", "test_pressure_mpa", _TEST < _PRESSURE, {"nominal": decimal_param(_PRESSURE, 2)})
    e35 = Check("E35", "next_inspection_date", _NEXT_END <= _LAST, {"last": Param(_LAST)})
    if life_reached:
        return e17, e35
    expired = month_of(today) > _EXPIRY
    return e17, e35, Check("E22", "design_life_years", expired, _expiry() | {"life": Param(_LIFE)})


def due_checks(today: date) -> tuple[Check, ...]:
    """E23 (no further interval check beside it) and E24."""
    e23 = Check(
        "E23",
        "last_inspection_date",
        pl.col("due") & pl.col("hard"),
        {"interval": Param(_INTERVAL)},
        hides=("base",),
    )
    return e23, Check("E24", "next_inspection_date", today > _NEXT_END)


def interval_checks(cap: int | None) -> tuple[Check, ...]:
    """E25 by a hard rule, else by the cap. A missing inspection that is due (W23) is not told twice as W25."""
    hard = pl.col("hard") & _beyond(_INTERVAL)
    rule = Check("E25", "next_inspection_date", hard, _latest(_INTERVAL))
    if cap is None:
        return (rule,)
    months = pl.lit(cap, pl.Int32)
    by_cap = _beyond(months) & ~hard.fill_null(value=False)
    return rule, Check("E25", "next_inspection_date", by_cap, _latest(months))


def warnings(references: References, today: date, life_reached: bool) -> tuple[Check, ...]:
    """Every warning but W08 (read with the cell) and W12 (needs other rows)."""
    return (
        *_name_warnings(references),
        *_licence_warnings(references),
        *_pressure_warnings(references),
        *_life_warnings(today, life_reached),
        *_inspection_warnings(today),
        _standard(references),
        Check("W27", "ownership", pl.col("ownership") == "ENTRUSTED"),
    )


def _beyond(months: pl.Expr) -> pl.Expr:
    return _BASE + months < _NEXT_MONTH


def _latest(months: pl.Expr) -> dict[str, Param | str]:
    return {"max_next": month_param(_BASE + months), "interval": Param(months)}


def _expiry() -> dict[str, Param | str]:
    return {"expiry": month_param(_EXPIRY)}


def _medium_and_variety(references: References) -> dict[str, Param | str]:
    return {
        "medium": Param(pl.col("medium_name"), lambda code: references.media[code].name),
        "variety": Param(pl.col("variety_name"), lambda code: references.varieties[code].name),
    }


def _name_warnings(references: References) -> tuple[Check, ...]:
    column = references.by_name["product_name"]
    exempt = "|".join(column.words("W11"))
    w09 = Check("W09", "product_name", _NAME.str.contains("|".join(column.words("W09"))))
    word = {"word": Param(_NAME.str.extract(f"({exempt})"))}
    w28 = Check(
        "W28", "variety_name", pl.col("allowed").is_not_null() & _INTERVAL.is_null() & ~pl.col("vehicle")
    )
    pair = _medium_and_variety(references)
    return (
        w09,
        Check("W11", "product_name", _NAME.str.contains(exempt), word),
        Check("W05", "medium_name", pl.col("allowed") == "warn", pair),
        w28,
    )


def _licence_warnings(references: References) -> tuple[Check, ...]:
    licence = pl.col("manufacturer_licence_no")
    pattern = references.by_name["manufacturer_licence_no"].checks["W07"].removeprefix("pattern ")
    usual = licence.str.to_uppercase().str.contains(pattern.replace(r"\d", "[0-9]"))
    year = pl.when(usual).then(licence.str.tail(4)).cast(pl.Int32)
    years = {"licence_year": Param(year), "manufacture_year": Param(_MADE // 12)}
    return (
        Check("W07", "manufacturer_licence_no", ~usual),
        Check("W10", "manufacturer_licence_no", year < _MADE // 12, years),
    )


def _pressure_warnings(references: References) -> tuple[Check, ...]:
    low, high = (Decimal(limit) for limit in references.by_name["test_pressure_mpa"].limits("W15"))
    unusual = ~(_TEST * 10).is_between(_PRESSURE * int(low * 10), _PRESSURE * int(high * 10))
    ratio = Param(_TEST / _PRESSURE, lambda value: f"{value:.2f}")
    usual_min, usual_max = pl.col("usual_min"), pl.col("usual_max")
    limits = {
        "min": Param(usual_min, lambda units: decimal_text(units, 2)),
        "max": Param(usual_max, lambda units: decimal_text(units, 2)),
        "medium": Param(pl.col("medium_name"), lambda code: references.media[code].name),
    }
    outside = ~_PRESSURE.is_between(usual_min, usual_max)
    return (
        Check("W15", "test_pressure_mpa", unusual, {"ratio": ratio}),
        Check("W16", "nominal_pressure_mpa", outside, limits),
    )


def _life_warnings(today: date, life_reached: bool) -> tuple[Check, ...]:
    rule_life = pl.col("life") // 12
    w20 = Check("W20", "design_life_years", rule_life < _LIFE, {"life": Param(rule_life)})
    expired = month_of(today) > _EXPIRY
    # Beside W22 every next inspection lies behind the design life: one cause, one code.
    w26 = Check("W26", "next_inspection_date", (_NEXT_MONTH > _EXPIRY) & ~expired, _expiry())
    return (w20, w26, Check("W22", "design_life_years", expired, _expiry())) if life_reached else (w20, w26)


def _inspection_warnings(today: date) -> tuple[Check, ...]:
    missing = pl.col("due") & ~pl.col("hard")
    late = ~pl.col("hard") & _beyond(_INTERVAL) & ~pl.col("due")
    return (
        Check("W23", "last_inspection_date", missing, {"interval": Param(_INTERVAL)}),
        Check("W24", "next_inspection_date", today + _SOON > _NEXT_END),
        Check("W25", "next_inspection_date", late, _latest(_INTERVAL)),
    )


def _standard(references: References) -> Check:
    starts = "|".join(references.by_name["product_standard"].words("W17"))
    usual = pl.col("product_standard").str.to_uppercase().str.contains(f"^({starts})")
    return Check("W17", "product_standard", ~usual)

"""Rule parameters of the review: dated rows, never constants (domain.md section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ParameterRow:
    """One dated value as text. ``valid_to`` is the last valid day, None means open."""

    name: str
    value: str
    rule_set: str
    valid_from: date
    valid_to: date | None
    note: str

    def holds_on(self, day: date) -> bool:
        """Whether the row is valid on that day (Asia/Shanghai)."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Parameters:
    """The values of one day. Days are working or calendar days as named; percents rise."""

    rule_set: str
    acceptance_workdays: int
    decision_workdays: int
    clock_warn_percent: tuple[int, ...]
    registration_days: int
    change_days: int
    suspend_report_days: int
    correction_enabled: bool
    review_page_size: int
    draft_dormant_days: int
    draft_dormant_notices: int


def parameters_on(day: date, rows: Iterable[ParameterRow]) -> Parameters:
    """The values that hold on a day: that of the submission, or today for a draft.

    Raises ``ValueError`` when a value is missing, stands twice, cannot be read or comes from two rule sets.
    """
    valid = [row for row in rows if row.holds_on(day)]
    rule_sets = {row.rule_set for row in valid}
    if len(rule_sets) != 1:
        raise ValueError(f"{day}: one rule set expected, found {sorted(rule_sets)}")
    names = [field.name for field in fields(Parameters) if field.name != "rule_set"]
    if sorted(row.name for row in valid) != sorted(names):
        raise ValueError(f"{day}: each of {names} expected once, found {[row.name for row in valid]}")
    text = {row.name: row.value for row in valid}

    def number(name: str) -> int:
        return _read(name, text[name], _whole)

    return Parameters(
        rule_set=rule_sets.pop(),
        acceptance_workdays=number("acceptance_workdays"),
        decision_workdays=number("decision_workdays"),
        clock_warn_percent=_read("clock_warn_percent", text["clock_warn_percent"], _percents),
        registration_days=number("registration_days"),
        change_days=number("change_days"),
        suspend_report_days=number("suspend_report_days"),
        correction_enabled=_read("correction_enabled", text["correction_enabled"], _flag),
        review_page_size=number("review_page_size"),
        draft_dormant_days=number("draft_dormant_days"),
        draft_dormant_notices=number("draft_dormant_notices"),
    )


def _read(name: str, text: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"rule parameter {name} has an unreadable value {text!r}") from error


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _percents(text: str) -> tuple[int, ...]:
    return tuple(sorted(_whole(part) for part in text.split("|")))


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]

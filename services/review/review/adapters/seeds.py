"""The first content of review's lists, from the CSV files beside the code. A list inside a field is split by "|"."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import NamedTuple

from review.domain.decisions import Outcome
from review.domain.parameters import ParameterRow
from review.domain.states import Step


class OpinionPhrase(NamedTuple):
    """A phrase offered for the opinion of a step and outcome."""

    code: str
    step: Step
    outcome: Outcome
    text_zh: str


def reject_reasons() -> dict[str, str]:
    """Reasons of a rejection, code → text in the order of the list."""
    return {row["code"]: row["text_zh"] for row in _rows("reject_reasons.csv")}


def photo_verdict_reasons() -> dict[str, str]:
    """Reasons of a wrong photo, code → text in the order of the list."""
    return {row["code"]: row["text_zh"] for row in _rows("photo_verdict_reasons.csv")}


def decision_opinions() -> tuple[OpinionPhrase, ...]:
    """Phrases for opinions; raises ``ValueError`` for an unknown step or outcome."""
    return tuple(
        OpinionPhrase(row["code"], Step(row["step"]), Outcome(row["outcome"]), row["text_zh"])
        for row in _rows("decision_opinions.csv")
    )


def rule_parameters() -> tuple[ParameterRow, ...]:
    """The dated rule parameters; raises ``ValueError`` for a date that does not exist."""
    return tuple(
        ParameterRow(
            name=row["name"],
            value=row["value"],
            rule_set=row["rule_set"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            note=row["note"],
        )
        for row in _rows("rule_parameters.csv")
    )


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    text = (files("review") / "seeds" / file_name).read_text("utf-8-sig")
    return csv.DictReader(text.splitlines(), strict=True)

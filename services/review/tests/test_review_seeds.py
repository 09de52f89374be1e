"""Seeds and dated rule parameters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from review.adapters.seeds import decision_opinions, photo_verdict_reasons, reject_reasons, rule_parameters
from review.domain.decisions import OTHER_REASON as OTHER_REJECTION
from review.domain.decisions import Decision, check_decision
from review.domain.parameters import parameters_on
from review.domain.verdicts import OTHER_REASON as OTHER_VERDICT

ROWS = rule_parameters()
TODAY = date(2026, 11, 24)


def test_the_lists_hold_the_reasons_that_rules_name() -> None:
    assert len(reject_reasons()) == 16
    assert len(photo_verdict_reasons()) == 14
    assert OTHER_REJECTION in reject_reasons()
    assert OTHER_VERDICT in photo_verdict_reasons()
    assert all(reject_reasons().values())


def test_every_offered_opinion_is_accepted_as_an_opinion() -> None:
    phrases = decision_opinions()
    assert len({phrase.code for phrase in phrases}) == len(phrases) == 12
    for phrase in phrases:
        reject = phrase.outcome == "reject"
        decision = Decision(phrase.step, phrase.outcome, phrase.text_zh, "R01" if reject else None)
        check_decision(replace(decision, confirm="作废该批次"), reject_reasons())


def test_the_defaults_of_today_are_those_of_the_legal_frame() -> None:
    today = parameters_on(TODAY, ROWS)
    assert (today.acceptance_workdays, today.decision_workdays) == (5, 20)
    assert today.clock_warn_percent == (50, 80)
    assert today.correction_enabled is False
    assert today.review_page_size == 6
    assert (today.draft_dormant_days, today.draft_dormant_notices) == (30, 2)


@pytest.mark.parametrize(
    ("day", "rule_set"),
    [
        (date(2017, 8, 1), "TSG08-2017"),
        (date(2026, 4, 30), "TSG08-2017"),
        (date(2026, 5, 1), "TSG08-2026"),
        (date(2040, 1, 1), "TSG08-2026"),
    ],
)
def test_the_rule_set_is_that_of_the_day(day: date, rule_set: str) -> None:
    assert parameters_on(day, ROWS).rule_set == rule_set


def test_a_value_may_change_within_a_rule_set() -> None:
    old = next(row for row in ROWS if row.name == "acceptance_workdays" and row.valid_to is None)
    change = date(2027, 1, 1)
    rows = [row for row in ROWS if row != old]
    rows += [
        replace(old, valid_to=date(2026, 12, 31)),
        replace(old, value="3", valid_from=change),
    ]
    assert parameters_on(date(2026, 12, 31), rows).acceptance_workdays == 5
    assert parameters_on(change, rows).acceptance_workdays == 3


def test_a_day_before_every_rule_set_is_refused() -> None:
    with pytest.raises(ValueError, match="one rule set"):
        parameters_on(date(2017, 7, 31), ROWS)


def test_a_missing_and_a_doubled_value_are_refused() -> None:
    with pytest.raises(ValueError, match="expected once"):
        parameters_on(TODAY, [row for row in ROWS if row.name != "change_days"])
    with pytest.raises(ValueError, match="expected once"):
        parameters_on(TODAY, [*ROWS, ROWS[-1]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acceptance_workdays", "five"),
        ("acceptance_workdays", "0"),
        ("clock_warn_percent", "50,80"),
        ("correction_enabled", "no"),
    ],
)
def test_an_unreadable_value_is_named(name: str, value: str) -> None:
    rows = [replace(row, value=value) if row.name == name else row for row in ROWS]
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        parameters_on(TODAY, rows)

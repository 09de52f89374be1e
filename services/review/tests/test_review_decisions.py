"""Decisions and the separation of persons."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from contracts.errors import ERROR_CODES
from review.adapters.seeds import reject_reasons
from review.domain.decisions import Decision, Outcome, action_of, check_decision
from review.domain.errors import Invalid, Refused, SamePerson
from review.domain.separation import SEPARATED, check_separation
from review.domain.states import Action, Step

REASONS = reject_reasons()
PASS = Decision(Step.ACCEPTANCE, Outcome.PASS, "申请材料齐全，予以受理。")
REJECT = Decision(Step.EXAMINATION, Outcome.REJECT, "材料不一致，退件。", "R05", confirm="作废该批次")
THREE = {Step.ACCEPTANCE: {"a"}, Step.EXAMINATION: {"b"}, Step.APPROVAL: {"c"}}


def faults_of(decision: Decision) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        check_decision(decision, REASONS)
    return [(fault.field, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize("code", [code for code in REASONS if code != "R99"])
def test_a_rejection_with_reason_opinion_and_phrase_counts(code: str) -> None:
    check_decision(replace(REJECT, reason_code=code), REASONS)
    assert faults_of(replace(REJECT, reason_code=code, confirm="")) == [("confirm", "CONFIRM_MISSING")]


def test_a_pass_needs_only_an_opinion() -> None:
    check_decision(PASS, REASONS)
    assert faults_of(replace(PASS, opinion=" ")) == [("opinion", "TEXT_MISSING")]


def test_a_pass_with_a_reason_of_rejection_is_refused_as_unclear() -> None:
    assert faults_of(replace(PASS, reason_code="R01")) == [("reason_code", "REASON_UNEXPECTED")]


def test_every_fault_of_a_rejection_is_told_at_once() -> None:
    assert faults_of(Decision(Step.APPROVAL, Outcome.REJECT, "")) == [
        ("opinion", "TEXT_MISSING"),
        ("reason_code", "REASON_UNKNOWN"),
        ("confirm", "CONFIRM_MISSING"),
    ]


def test_r99_needs_a_text() -> None:
    other = replace(REJECT, reason_code="R99")
    assert faults_of(other) == [("note", "TEXT_MISSING")]
    check_decision(replace(other, note="演示用原因"), REASONS)


@pytest.mark.parametrize("confirm", ["作废", "作废该批次！", " 作废该批次", "true"])
def test_the_phrase_is_typed_exactly(confirm: str) -> None:
    assert faults_of(replace(REJECT, confirm=confirm)) == [("confirm", "CONFIRM_MISSING")]


def test_an_endless_opinion_is_refused() -> None:
    check_decision(replace(PASS, opinion="好" * 500), REASONS)
    assert faults_of(replace(PASS, opinion="好" * 501)) == [("opinion", "TEXT_TOO_LONG")]


def test_a_decision_names_its_action_in_the_table() -> None:
    assert action_of(PASS) is Action.ACCEPTANCE_PASS
    assert action_of(REJECT) is Action.EXAMINATION_REJECT
    with pytest.raises(Invalid):
        action_of(replace(PASS, step=Step.ISSUE))


@pytest.mark.parametrize(("step", "other"), list(permutations(SEPARATED, 2)))
def test_who_worked_on_one_of_three_steps_does_no_other(step: Step, other: Step) -> None:
    with pytest.raises(SamePerson) as refused:
        check_separation(step, "a", {other: {"a"}})
    assert refused.value.fields == {"step": other.value}
    check_separation(step, "d", {other: {"a"}})


def test_who_judged_photos_took_part_in_acceptance() -> None:
    judges = {Step.ACCEPTANCE: {"a", "z"}}
    check_separation(Step.ACCEPTANCE, "z", judges)
    with pytest.raises(SamePerson, match="SAME_PERSON"):
        check_separation(Step.EXAMINATION, "z", judges)


@pytest.mark.parametrize("actor", ["a", "b", "c", "d"])
def test_anyone_of_the_three_or_a_fourth_may_issue(actor: str) -> None:
    check_separation(Step.ISSUE, actor, THREE)
    # Nor does having issued an earlier certificate bar anybody from a step.
    check_separation(Step.APPROVAL, "d", {Step.ISSUE: {"d"}})


def test_every_refusal_of_the_rules_has_a_code_of_the_public_registry() -> None:
    codes = {kind.code for kind in Refused.__subclasses__()}
    assert "SAME_PERSON" in codes
    assert codes <= set(ERROR_CODES)

"""The table of states: every pair of state and action, buttons, queues, clocks and the generated page."""

from __future__ import annotations

from itertools import product

import pytest

from review.domain.errors import Forbidden, WrongState
from review.domain.states import (
    FINAL_STATES,
    MOVES,
    STATE_NAMES,
    STEP_NAMES,
    TODO_STATES,
    Action,
    Clock,
    Effect,
    State,
    Step,
    allowed_actions,
    clock_change,
    clock_of,
    move,
    move_by,
    todo_text,
)
from review.domain.states_page import render_states

# Written down again from domain.md section 4, apart from the table under test.
EXPECTED = {
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "acceptance_pass"): "accepted",
    ("submitted", "acceptance_reject"): "rejected",
    ("submitted", "withdraw"): "withdrawn",
    ("submitted", "take_back"): "draft",
    ("accepted", "examination_pass"): "examined",
    ("accepted", "examination_reject"): "rejected",
    ("examined", "approval_pass"): "approved",
    ("examined", "approval_reject"): "rejected",
    ("approved", "issue"): "certified",
}
ALL_STEPS = tuple(Step)


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_every_pair_moves_as_written_or_is_refused(state: State, action: Action) -> None:
    expected = EXPECTED.get((state.value, action.value))
    if expected is not None:
        assert move(state, action).next == expected
        return
    with pytest.raises(WrongState) as refused:
        move(state, action)
    assert refused.value.fields["current"] == state.value
    assert STATE_NAMES[state] in refused.value.detail


@pytest.mark.parametrize("state", list(State))
def test_buttons_are_exactly_the_moves_of_the_state(state: State) -> None:
    shown = {*allowed_actions(state, "unit"), *allowed_actions(state, "bureau", ALL_STEPS)}
    assert shown == {action for from_state, action in EXPECTED if from_state == state}


@pytest.mark.parametrize(("state", "role"), list(product(State, ["admin", "municipal"])))
def test_an_administrator_has_no_business_step(state: State, role: str) -> None:
    assert allowed_actions(state, role, ALL_STEPS) == ()


def test_an_officer_acts_only_in_own_steps() -> None:
    own = allowed_actions(State.SUBMITTED, "bureau", ["acceptance"])
    assert own == (Action.ACCEPTANCE_PASS, Action.ACCEPTANCE_REJECT)
    assert allowed_actions(State.SUBMITTED, "bureau", ["approval"]) == ()
    with pytest.raises(Forbidden):
        move_by(State.SUBMITTED, Action.ACCEPTANCE_PASS, "bureau", ["approval"])


def test_an_officer_cannot_submit_nor_a_unit_accept() -> None:
    with pytest.raises(Forbidden):
        move_by(State.DRAFT, Action.SUBMIT, "bureau", ALL_STEPS)
    with pytest.raises(Forbidden):
        move_by(State.SUBMITTED, Action.ACCEPTANCE_PASS, "unit", ALL_STEPS)


def test_a_wrong_state_is_told_before_a_missing_right() -> None:
    with pytest.raises(WrongState):
        move_by(State.CERTIFIED, Action.SUBMIT, "bureau")


def test_an_approved_application_cannot_be_rejected() -> None:
    assert allowed_actions(State.APPROVED, "bureau", ALL_STEPS) == (Action.ISSUE,)


def test_each_step_has_one_queue() -> None:
    assert TODO_STATES == {
        Step.ACCEPTANCE: State.SUBMITTED,
        Step.EXAMINATION: State.ACCEPTED,
        Step.APPROVAL: State.EXAMINED,
        Step.ISSUE: State.APPROVED,
    }
    assert {row.state for row in MOVES if row.step} == set(TODO_STATES.values())


def test_the_todo_line_is_that_of_the_guide() -> None:
    assert todo_text(Step.ACCEPTANCE, 3) == "您有3条使用登记的受理任务需要处理"
    assert set(STEP_NAMES) == set(Step)


def test_three_states_are_final() -> None:
    assert {State.CERTIFIED, State.REJECTED, State.WITHDRAWN} == FINAL_STATES
    assert set(STATE_NAMES) == set(State)


def test_all_rows_of_a_state_name_the_same_clock() -> None:
    assert {(row.state, row.clock) for row in MOVES} == {
        (state, clock_of(state)) for state in State if state not in FINAL_STATES
    }


@pytest.mark.parametrize(
    ("state", "action", "stopped", "started"),
    [
        (State.DRAFT, Action.SUBMIT, None, Clock.ACCEPTANCE),
        (State.DRAFT, Action.WITHDRAW, None, None),
        (State.SUBMITTED, Action.TAKE_BACK, Clock.ACCEPTANCE, None),
        (State.SUBMITTED, Action.WITHDRAW, Clock.ACCEPTANCE, None),
        (State.SUBMITTED, Action.ACCEPTANCE_PASS, Clock.ACCEPTANCE, Clock.DECISION),
        (State.ACCEPTED, Action.EXAMINATION_PASS, None, None),
        (State.EXAMINED, Action.APPROVAL_PASS, None, None),
        (State.EXAMINED, Action.APPROVAL_REJECT, Clock.DECISION, None),
        (State.APPROVED, Action.ISSUE, Clock.DECISION, None),
    ],
)
def test_clocks_stop_and_start_with_the_move(
    state: State, action: Action, stopped: Clock | None, started: Clock | None
) -> None:
    assert clock_change(move(state, action)) == (stopped, started)


def test_every_void_releases_all_identities_and_nothing_else_does() -> None:
    voided = {State.REJECTED, State.WITHDRAWN}
    assert all((Effect.RELEASE_ALL in row.effects) == (row.next in voided) for row in MOVES)
    assert move(State.SUBMITTED, Action.ACCEPTANCE_PASS).effects == (Effect.RELEASE_WRONG,)
    assert move(State.SUBMITTED, Action.TAKE_BACK).effects == (Effect.UNFREEZE,)
    assert move(State.DRAFT, Action.SUBMIT).effects == (Effect.FREEZE,)
    assert move(State.APPROVED, Action.ISSUE).effects == (Effect.REGISTER,)


def test_the_page_has_a_row_for_each_move_and_each_final_state() -> None:
    lines = [line for line in render_states().splitlines() if line.startswith("| `")]
    assert len(lines) == len(EXPECTED) + len(FINAL_STATES)
    assert len({line.count("|") for line in lines}) == 1
    assert (
        "| `approved` | 已审批待发证 | `issue` | bureau | issue | `certified` | decision | `register` |"
        in lines
    )
    assert "| `rejected` | 已退件（作废） | – | – | – | – | – | – |" in lines

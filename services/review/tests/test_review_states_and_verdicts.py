"""The table of an application's life, the verdicts of the photo review, and who may decide."""

import pytest

from review.domain.errors import Invalid, NothingToRegister, PhotosUnseen, SamePerson, UnseenPages, WrongState
from review.domain.separation import check_separation
from review.domain.states import FINAL_STATES, MOVES, TODO_STATES, Action, Effect, State, Step, may, move
from review.domain.verdicts import (
    PagePhoto,
    WrongMark,
    check_complete,
    check_registrable,
    judge_page,
    wrong_cylinders,
)

ALLOWED = {
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
REASONS = {"V01": "产品编号与钢印不一致", "V99": "其他（须填写说明）"}
PHOTOS = [PagePhoto("c1", "p1"), PagePhoto("c1", "cert"), PagePhoto("c2", "p2"), PagePhoto("c2", "cert")]
SHOWN = ["p1", "p2", "cert"]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_every_pair_of_state_and_action_moves_as_the_law_says_or_is_refused(
    state: State, action: Action
) -> None:
    expected = ALLOWED.get((state.value, action.value))
    if expected is None:
        with pytest.raises(WrongState):
            move(state, action)
    else:
        assert move(state, action).next == expected


def test_a_void_batch_frees_all_its_identities_and_an_approved_one_can_not_be_void() -> None:
    ends = [row for row in MOVES if row.next in {State.REJECTED, State.WITHDRAWN}]
    assert all(Effect.RELEASE_ALL in row.effects for row in ends)
    assert not any(row.state == State.APPROVED for row in ends)
    assert {State.CERTIFIED, State.REJECTED, State.WITHDRAWN} == FINAL_STATES


def test_a_step_is_for_those_who_have_it_and_never_for_the_unit_or_an_administrator() -> None:
    row = move(State.SUBMITTED, Action.ACCEPTANCE_PASS)
    assert may(row, "bureau", ["acceptance"])
    assert not may(row, "bureau", ["examination"])
    assert not may(row, "unit", ["acceptance"])
    assert not may(row, "admin", ["acceptance"])
    assert TODO_STATES[Step.APPROVAL] == State.EXAMINED


def test_what_was_shown_and_is_not_wrong_is_correct() -> None:
    verdicts = judge_page(PHOTOS, SHOWN, [WrongMark("p2", "V01")], REASONS)
    assert [v.photo_id for v in verdicts if v.wrong] == ["p2"]
    assert wrong_cylinders(verdicts) == ("c2",)


def test_a_shared_certificate_that_is_wrong_makes_each_of_its_cylinders_wrong() -> None:
    verdicts = judge_page(PHOTOS, SHOWN, [WrongMark("cert", "V01")], REASONS)
    assert wrong_cylinders(verdicts) == ("c1", "c2")


def test_a_photo_that_was_not_shown_has_no_verdict() -> None:
    with pytest.raises(PhotosUnseen):
        judge_page(PHOTOS, ["p1", "p2"], [], REASONS)


@pytest.mark.parametrize(
    "mark",
    [
        WrongMark("p1", "V42"),
        WrongMark("p1", "V99"),
        WrongMark("p1", "V99", "   "),
        WrongMark("elsewhere", "V01"),
    ],
)
def test_wrong_needs_a_reason_from_the_list_and_other_needs_a_text(mark: WrongMark) -> None:
    with pytest.raises(Invalid):
        judge_page(PHOTOS, SHOWN, [mark], REASONS)


def test_complete_only_when_every_page_was_seen() -> None:
    check_complete(3, [1, 2, 3])
    with pytest.raises(UnseenPages):
        check_complete(3, [1, 3])


def test_nothing_to_register_when_all_are_wrong() -> None:
    check_registrable(3, 2)
    with pytest.raises(NothingToRegister):
        check_registrable(3, 3)


def test_acceptance_examination_and_approval_are_three_people() -> None:
    done = {Step.ACCEPTANCE: {"officer-1"}, Step.EXAMINATION: {"officer-2"}}
    check_separation(Step.APPROVAL, "officer-3", done)
    check_separation(Step.ISSUE, "officer-1", done)
    for actor in ("officer-1", "officer-2"):
        with pytest.raises(SamePerson):
            check_separation(Step.APPROVAL, actor, done)

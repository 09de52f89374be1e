"""Photo verdicts: default correct, reasons for wrong, what makes a cylinder wrong, when the review is complete."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from review.adapters.seeds import photo_verdict_reasons
from review.domain.errors import Invalid, NothingToRegister, PhotosUnseen, UnseenPages
from review.domain.verdicts import (
    PagePhoto,
    Verdict,
    WrongMark,
    check_complete,
    check_registrable,
    count,
    judge_page,
    unseen_pages,
    wrong_cylinders,
)

REASONS = photo_verdict_reasons()
# Two cylinders with a stamp each; the certificate of the lot serves both.
PAGE = [PagePhoto("c1", "s1"), PagePhoto("c1", "lot"), PagePhoto("c2", "s2"), PagePhoto("c2", "lot")]
SHOWN = ["s1", "lot", "s2"]


def judge(*wrong: WrongMark, shown: Sequence[str] = SHOWN) -> tuple[Verdict, ...]:
    return judge_page(PAGE, shown, wrong, REASONS)


def faults_of(*wrong: WrongMark, shown: Sequence[str] = SHOWN) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        judge(*wrong, shown=shown)
    return [(fault.field, fault.code) for fault in refused.value.faults]


def test_what_was_shown_and_is_not_wrong_is_correct() -> None:
    verdicts = judge()
    assert [(verdict.cylinder_id, verdict.photo_id) for verdict in verdicts] == PAGE
    assert not any(verdict.wrong for verdict in verdicts)
    assert count(verdicts) == (4, 0, 2, 0)


def test_one_wrong_photo_makes_its_cylinder_wrong_and_no_other() -> None:
    verdicts = judge(WrongMark("s2", "V01"))
    assert wrong_cylinders(verdicts) == ("c2",)
    assert count(verdicts) == (4, 1, 2, 1)
    assert [verdict.reason_code for verdict in verdicts] == [None, None, "V01", None]


def test_two_wrong_photos_count_their_cylinder_once() -> None:
    verdicts = judge(WrongMark("s1", "V09"), WrongMark("lot", "V08", cylinder_id="c1"))
    assert wrong_cylinders(verdicts) == ("c1",)
    assert count(verdicts) == (4, 2, 2, 1)


def test_a_shared_photo_is_wrong_for_all_unless_a_cylinder_is_named() -> None:
    assert wrong_cylinders(judge(WrongMark("lot", "V09"))) == ("c1", "c2")
    assert wrong_cylinders(judge(WrongMark("lot", "V08", cylinder_id="c2"))) == ("c2",)


def test_a_page_with_photos_not_shown_is_not_saved() -> None:
    with pytest.raises(PhotosUnseen) as refused:
        judge(shown=["lot"])
    assert refused.value.fields == {"photos": ["s1", "s2"]}


@pytest.mark.parametrize("reason", ["", "V00", "R01"])
def test_wrong_needs_a_reason_from_the_list(reason: str) -> None:
    assert faults_of(WrongMark("s1", reason)) == [("wrong[0].reason_code", "REASON_UNKNOWN")]


@pytest.mark.parametrize("note", ["", "  ", "\u3000"])
def test_v99_needs_a_text(note: str) -> None:
    assert faults_of(WrongMark("s1", "V99", note)) == [("wrong[0].note", "TEXT_MISSING")]


def test_v99_keeps_its_text() -> None:
    assert judge(WrongMark("s1", "V99", " 瓶体与照片颜色不同 "))[0].note == "瓶体与照片颜色不同"


def test_every_fault_of_a_page_is_told_at_once() -> None:
    marks = [WrongMark("x", "V01"), WrongMark("s1", "?"), WrongMark("s2", "V01", "长" * 501)]
    assert faults_of(*marks, shown=[*SHOWN, "y"]) == [
        ("shown[3]", "NOT_ON_PAGE"),
        ("wrong[0].photo_id", "NOT_ON_PAGE"),
        ("wrong[1].reason_code", "REASON_UNKNOWN"),
        ("wrong[2].note", "TEXT_TOO_LONG"),
    ]


def test_a_photo_judged_twice_is_refused() -> None:
    twice = faults_of(WrongMark("lot", "V09"), WrongMark("lot", "V08", cylinder_id="c1"))
    assert twice == [("wrong[0].photo_id", "REPEATED"), ("wrong[1].photo_id", "REPEATED")]


def test_a_photo_of_another_cylinder_of_the_page_is_refused() -> None:
    assert faults_of(WrongMark("s1", "V01", cylinder_id="c2")) == [("wrong[0].photo_id", "NOT_ON_PAGE")]


def test_completion_names_the_unseen_pages() -> None:
    assert unseen_pages(4, {2, 4}) == [1, 3]
    with pytest.raises(UnseenPages) as refused:
        check_complete(4, [1, 2, 4])
    assert refused.value.fields == {"pages": [3]}
    check_complete(4, [4, 3, 2, 1])


@pytest.mark.parametrize(("cylinders", "wrong"), [(1, 1), (7, 7), (0, 0)])
def test_nothing_is_left_to_register_when_every_cylinder_is_wrong(cylinders: int, wrong: int) -> None:
    with pytest.raises(NothingToRegister, match="驳回"):
        check_registrable(cylinders, wrong)


def test_one_correct_cylinder_is_enough_to_accept() -> None:
    check_registrable(7, 6)
    with pytest.raises(NothingToRegister):
        check_registrable(6, 6)

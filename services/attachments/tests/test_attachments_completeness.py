"""Which photos and documents an application lacks."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attachments.completeness import (
    Fault,
    PhotoKind,
    PhotoLimits,
    Tally,
    document_faults,
    is_complete,
    may_add,
    photo_faults,
)

LIMITS = PhotoLimits()
SMALL = st.integers(0, 5)
TALLIES = st.builds(Tally, SMALL, SMALL, SMALL, SMALL)


def faults_of(cylinders: list[tuple[str, Tally]], limits: PhotoLimits = LIMITS) -> tuple[Fault, ...]:
    """The faults of these cylinders, counted and named as a service does from its tables."""

    def named(faulty: list[Tally]) -> list[str]:
        return [label for label, tally in cylinders if tally in faulty][: limits.sample]

    return photo_faults(Counter(tally for _, tally in cylinders), named, limits)


def codes(tally: Tally, limits: PhotoLimits = LIMITS) -> list[str]:
    return [fault.code for fault in faults_of([("甲", tally)], limits)]


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(1, 1), []),
        (Tally(3, 1), []),
        (Tally(2, 2), []),
        (Tally(), ["PHOTO_MISSING", "STAMP_MISSING", "CERT_MISSING"]),
        (Tally(1, 0), ["PHOTO_MISSING", "CERT_MISSING"]),
        (Tally(0, 1), ["PHOTO_MISSING", "STAMP_MISSING"]),
        (Tally(2, 0), ["CERT_MISSING"]),
        (Tally(0, 4), ["STAMP_MISSING"]),
        (Tally(3, 2), ["TOO_MANY_PHOTOS"]),
        (Tally(1, 0, 0, 1), ["PHOTOS_PENDING"]),
        (Tally(1, 1, 1, 0), ["PHOTOS_PENDING"]),
        (Tally(0, 0, 1, 0), ["PHOTO_MISSING", "CERT_MISSING", "PHOTOS_PENDING"]),
    ],
)
def test_every_fault_of_a_cylinder_is_told_at_once(tally: Tally, expected: list[str]) -> None:
    assert codes(tally) == expected


def test_limits_are_parameters() -> None:
    limits = PhotoLimits(least=3, most=5, least_stamps=2, least_certs=0)
    assert codes(Tally(1, 1), limits) == ["PHOTO_MISSING", "STAMP_MISSING"]
    assert codes(Tally(5, 0), limits) == []
    assert codes(Tally(2, 4), limits) == ["TOO_MANY_PHOTOS"]
    assert "不足3张" in faults_of([("甲", Tally(2, 0))], limits)[0].message


def test_an_application_without_cylinders_says_so() -> None:
    assert [fault.code for fault in faults_of([])] == ["NO_CYLINDERS"]
    assert [fault.code for fault in photo_faults({Tally(): 0}, lambda _: (), LIMITS)] == ["NO_CYLINDERS"]


def test_a_fault_counts_all_cylinders_and_names_the_first_ones() -> None:
    cylinders = [(f"第{row}行", Tally(2, row % 2)) for row in range(2, 42)]
    assert faults_of(cylinders, PhotoLimits(sample=3)) == (
        Fault(
            "CERT_MISSING",
            "20只气瓶的监检证书照片不足1张，请补传监检证书照片",
            20,
            ("第2行", "第4行", "第6行"),
        ),
    )


@given(TALLIES)
def test_a_cylinder_without_fault_is_complete_and_the_other_way_round(tally: Tally) -> None:
    if tally.pending:
        assert "PHOTOS_PENDING" in codes(tally)
    else:
        assert is_complete(tally, LIMITS) == (codes(tally) == [])


KINDS: tuple[PhotoKind, ...] = ("STAMP", "SUPERVISION_CERT")


@given(TALLIES, st.sampled_from(KINDS))
def test_a_photo_that_may_be_added_never_makes_too_many(tally: Tally, kind: PhotoKind) -> None:
    added = tally.plus_pending(kind)
    assert may_add(tally, kind, LIMITS) == ("TOO_MANY_PHOTOS" not in codes(added))
    assert (added.pending, added.pending_stamps - tally.pending_stamps) == (
        tally.pending + 1,
        kind == "STAMP",
    )


@pytest.mark.parametrize(
    ("tally", "complete"), [(Tally(1, 1, 2, 1), True), (Tally(1, 0, 0, 1), False), (Tally(), False)]
)
def test_only_usable_photos_make_a_cylinder_complete(tally: Tally, complete: bool) -> None:
    assert is_complete(tally, LIMITS) is complete


@given(TALLIES, st.sampled_from(KINDS))
def test_a_checked_photo_counts_as_ready_instead_of_pending(tally: Tally, kind: PhotoKind) -> None:
    ready = tally.plus_pending(kind).plus_pending(kind, -1).plus_ready(kind)
    assert ready == tally.plus_ready(kind)
    assert ready.plus_ready(kind, -1) == tally
    assert ready.stamps + ready.certs == tally.stamps + tally.certs + 1


def test_documents_are_asked_for_when_rows_need_them() -> None:
    needed = ["ASSESSMENT", "CUSTODY_AGREEMENT"]
    assert document_faults([], ()) == ()
    assert document_faults(needed, ["ASSESSMENT", "CUSTODY_AGREEMENT"]) == ()
    (fault,) = document_faults(needed, ())
    assert (fault.code, fault.count, fault.sample) == (
        "DOCUMENT_MISSING",
        2,
        ("CUSTODY_AGREEMENT", "ASSESSMENT"),
    )
    assert "托管协议" in fault.message
    assert "安全评定" in fault.message
    assert document_faults(needed, ["ASSESSMENT"])[0].sample == ("CUSTODY_AGREEMENT",)


def test_a_document_that_is_checked_is_waited_for() -> None:
    faults = document_faults(["ASSESSMENT"], (), pending=2)
    assert [fault.code for fault in faults] == ["DOCUMENT_MISSING", "PHOTOS_PENDING"]
    assert faults[1].count == 2

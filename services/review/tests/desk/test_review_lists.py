"""Lists that officers choose from."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import review as calls
from contracts.errors import AppError


@pytest.mark.parametrize(
    ("kind", "first", "last", "count"),
    [("opinion", "O11", "O41", 12), ("reject", "R01", "R99", 16), ("photo_verdict", "V01", "V99", 14)],
)
def test_a_list_is_told_whole_and_in_its_order(
    desk: Any, kind: Any, first: str, last: str, count: int
) -> None:
    items = desk.ask("acceptance", calls.ListReasons(kind_of_list=kind)).items
    assert (items[0].code, items[-1].code, len(items)) == (first, last, count)


def test_a_phrase_says_for_which_step_and_outcome_it_is(desk: Any) -> None:
    items = desk.ask("examination", calls.ListReasons(kind_of_list="opinion")).items
    mine = [each.text for each in items if (each.step, each.outcome) == ("examination", "pass")]
    assert mine == [
        "经审核，申报信息与材料一致，同意报审批。",
        "经审核，除已剔除的气瓶外符合登记条件，同意报审批。",
    ]


def test_who_is_no_reader_gets_no_list(desk: Any) -> None:
    with pytest.raises(AppError) as refusal:
        desk.ask("importer", calls.ListReasons(kind_of_list="reject"))
    assert refusal.value.code == "FORBIDDEN"

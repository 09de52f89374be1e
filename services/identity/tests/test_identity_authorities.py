"""Authorities through the history of the districts, with the rows as shipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from identity.authorities import Directory
from identity.credit_code import check_character
from identity.seeds import authorities, districts

TODAY = date(2026, 11, 24)
DIRECTORY = Directory(districts(), authorities())


def credit_code_of(region: str) -> str:
    first17 = f"91{region}MA5U00011"
    return first17 + check_character(first17)


def authority_code(district_code: str, day: date) -> str | None:
    authority = DIRECTORY.authority_of_district(district_code, day)
    return authority.code if authority else None


def test_the_shipped_rows_are_complete_and_consistent() -> None:
    codes = {district.code for district in districts()}
    assert {successor for district in districts() for successor in district.successors} <= codes
    assert {a.district_code for a in authorities() if a.level == "district"} == codes
    assert [a.code for a in authorities() if a.level == "municipal"] == ["AU-500000"]
    assert len({a.code for a in authorities()}) == len(authorities()) == 40


def test_37_districts_can_be_chosen_today_and_no_abolished_one() -> None:
    chosen = {district.code for district in DIRECTORY.choosable_districts(TODAY)}
    assert len(chosen) == 37
    assert chosen.isdisjoint({"500105", "500112", "500000"})
    assert "500157" in chosen


@pytest.mark.parametrize(
    ("day", "old", "new"), [(date(2025, 11, 5), True, False), (date(2025, 11, 6), False, True)]
)
def test_the_last_valid_day_of_a_district_still_counts(day: date, old: bool, new: bool) -> None:
    chosen = {district.code for district in DIRECTORY.choosable_districts(day)}
    assert ("500105" in chosen, "500112" in chosen, "500157" in chosen) == (old, old, new)


def test_pilot_districts_are_those_of_the_sample() -> None:
    assert {d.code for d in DIRECTORY.pilot_districts(TODAY)} == {"500103", "500107", "500120", "500115"}


def test_a_pilot_flag_counts_only_while_its_row_holds_and_the_district_exists() -> None:
    all_pilot = Directory(districts(), [replace(a, pilot=True) for a in authorities()])
    between = {d.code for d in all_pilot.pilot_districts(date(2025, 12, 1))}
    assert between.isdisjoint({"500105", "500112", "500157"})
    assert len(between) == 36
    assert "500157" in {d.code for d in all_pilot.pilot_districts(TODAY)}


@pytest.mark.parametrize(
    ("district", "day", "authority"),
    [
        ("500103", TODAY, "AU-500103"),
        ("500105", date(2026, 1, 24), "AU-500105"),
        ("500105", date(2026, 1, 25), "AU-500157"),
        ("500112", TODAY, "AU-500157"),
        ("500157", date(2026, 1, 24), None),
        ("500157", date(2026, 1, 25), "AU-500157"),
        ("500000", TODAY, "AU-500000"),
        ("440300", TODAY, None),
    ],
)
def test_a_district_is_answered_for_by_its_own_authority_or_its_successors(
    district: str, day: date, authority: str | None
) -> None:
    assert authority_code(district, day) == authority


@pytest.mark.parametrize(
    ("region", "authority"), [("500112", "AU-500157"), ("500103", "AU-500103"), ("440300", None)]
)
def test_a_credit_code_leads_to_the_authority_of_its_region(region: str, authority: str | None) -> None:
    code = credit_code_of(region)
    for spelling in (code, code.lower(), code[:-1] + ("0" if code[-1] != "0" else "1")):
        found = DIRECTORY.authority_of_credit_code(spelling, TODAY)
        assert (found.code if found else None) == authority


@pytest.mark.parametrize("text", ["", "500103", "9150010AMA5U00011H"])
def test_a_malformed_credit_code_leads_to_no_authority(text: str) -> None:
    assert DIRECTORY.authority_of_credit_code(text, TODAY) is None


def test_successors_in_a_circle_end() -> None:
    rows = [replace(d, successors=("500105",)) if d.code == "500157" else d for d in districts()]
    assert Directory(rows, []).authority_of_district("500105", TODAY) is None

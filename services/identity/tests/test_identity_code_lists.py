"""Districts and authorities over the calls, and that edited rows count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.tokens import Signer
from contracts.errors import AppError
from contracts.identity import GetAuthority, ListAuthorities, ListDistricts
from identity import code_lists
from identity.directory import CachedDirectory
from identity.tools import Tools

pytestmark = pytest.mark.usefixtures("quick_passwords")

PILOTS = {"500103", "500107", "500115", "500120"}


@pytest.fixture
def tools(tools: Tools) -> Tools:
    """The same, on a fixed day."""
    return replace(tools, today=lambda: date(2026, 11, 24))


@pytest.fixture
def review(sign_as: Callable[[str], Signer]) -> str:
    """The token of the review service."""
    return sign_as("review").as_service()


def test_districts_come_with_their_authority_of_today(ask: Any) -> None:
    page = ask(ListDistricts())
    assert (page.total, len(page.items), page.next_cursor) == (37, 37, None)
    assert {each.code for each in page.items if each.pilot} == PILOTS
    assert all(each.authority_code == f"AU-{each.code}" for each in page.items)
    assert {each.code for each in ask(ListDistricts(pilot_only=True)).items} == PILOTS


def test_authorities_that_act_today(ask: Any) -> None:
    codes = {each.code for each in ask(ListAuthorities()).items}
    assert len(codes) == 38
    assert "AU-500105" not in codes
    assert {"AU-500000", "AU-500157"} <= codes


def test_the_authority_of_a_district(ask: Any, review: str) -> None:
    found = ask(GetAuthority(district_code="500103", must_be_pilot=True), review)
    assert (found.code, found.cert_code, found.phone) == ("AU-500103", "A03", "023-00000103")
    assert ask(GetAuthority(district_code="500105"), review).code == "AU-500157"


@pytest.mark.parametrize(
    ("district", "pilot", "code"),
    [
        ("500101", True, "DISTRICT_NOT_PILOT"),
        ("500105", True, "DISTRICT_NOT_PILOT"),
        ("999999", True, "DISTRICT_NOT_PILOT"),
        ("999999", False, "NOT_FOUND"),
        ("", False, "NOT_FOUND"),
    ],
)
def test_districts_that_cannot_be_chosen(
    ask: Any, review: str, district: str, pilot: bool, code: str
) -> None:
    with pytest.raises(AppError, match=code):
        ask(GetAuthority(district_code=district, must_be_pilot=pilot), review)


def test_an_ended_district_whose_successor_is_a_pilot_cannot_be_chosen(
    ask: Any, review: str, database: Database
) -> None:
    _change(database, "update authority set pilot = true where code = 'AU-500157'")
    assert ask(GetAuthority(district_code="500157", must_be_pilot=True), review).code == "AU-500157"
    with pytest.raises(AppError, match="DISTRICT_NOT_PILOT"):
        ask(GetAuthority(district_code="500112", must_be_pilot=True), review)


def test_accounts_do_not_ask_for_one_authority(ask: Any, sign_as: Callable[[str], Signer]) -> None:
    token = sign_as("identity").sign({"sub": "a-1", "role": "bureau", "authority_code": "AU-500103"}, 60)
    assert ask(ListDistricts(), token).total == 37
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(GetAuthority(district_code="500103"), token)


def test_a_district_between_two_authorities_has_none(tools: Tools) -> None:
    page = code_lists.list_districts(tools.directory(), date(2025, 12, 1), pilot_only=False)
    assert [each.authority_code for each in page.items if each.code == "500157"] == [""]


def test_edited_rows_count_after_some_seconds(ask: Any, database: Database) -> None:
    slow, fast = CachedDirectory(database), CachedDirectory(database, fresh_s=0)
    day = date(2026, 11, 24)
    assert len(slow().pilot_districts(day)) == len(fast().pilot_districts(day)) == 4
    _change(database, "update authority set pilot = false where code = 'AU-500120'")
    assert slow() is slow()
    assert len(fast().pilot_districts(day)) == 3
    assert ask(ListDistricts(pilot_only=True)).total == 3


def test_a_pilot_may_begin_on_a_day(ask: Any, database: Database) -> None:
    _change(database, "update authority set valid_to = date '2026-11-30' where code = 'AU-500101'")
    _change(
        database,
        "insert into authority (code, name, district_code, cert_code, phone, pilot, valid_from, level) "
        "select code, name, district_code, cert_code, phone, true, date '2026-12-01', level "
        "from authority where code = 'AU-500101'",
    )
    directory = CachedDirectory(database)()
    pilots = [
        {each.code for each in directory.pilot_districts(date(2026, month, day))}
        for month, day in ((11, 30), (12, 1))
    ]
    assert [("500101" in each) for each in pilots] == [False, True]


def _change(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))

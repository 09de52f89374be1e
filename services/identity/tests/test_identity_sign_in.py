"""Signing in: tokens, refusals, locks and the record of attempts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import argon2
import pytest
from sqlalchemy import RowMapping, text, update

from chassis.audit import first_break
from chassis.database import Database
from chassis.tables import audit_entry
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.identity import GetMe, SignIn
from identity.tables import account, sign_in, sign_in_guard

pytestmark = pytest.mark.usefixtures("quick_passwords")

PASSWORD = "Demo-Password-1"
GOOD = SignIn(username="demo-unit", password=PASSWORD, address="192.0.2.7")
WRONG = SignIn(username="demo-unit", password="Demo-Password-2", address="192.0.2.8")
NOBODY = SignIn(username="nobody-at-all", password=PASSWORD)
Rows = Callable[..., list[RowMapping]]


def code_of(ask: Callable[..., Any], request: SignIn, times: int = 1) -> str:
    """The code of the refusal of the last of so many attempts."""
    for _ in range(times):
        with pytest.raises(AppError) as refused:
            ask(request)
    return refused.value.code


def test_a_session_says_who_signed_in(ask: Any, caller_of: Callable[[str], Caller]) -> None:
    session = ask(SignIn(username="demo-acceptance", password=PASSWORD))
    assert session.expires_in == 1800
    caller = caller_of(session.access_token)
    assert (caller.id, caller.role) == (session.account.id, "bureau")
    assert (caller.authority_code, caller.steps) == ("AU-500103", frozenset({"acceptance"}))
    assert session.account == ask(GetMe(), session.access_token)


def test_a_unit_is_named_by_its_token(ask: Any, caller_of: Callable[[str], Caller]) -> None:
    first, second = (ask(SignIn(username=name, password=PASSWORD)) for name in ("demo-unit", "demo-unit2"))
    units = {caller_of(session.access_token).unit_id for session in (first, second)}
    assert len(units - {None}) == 2


@pytest.mark.parametrize("name", ["DEMO-Unit", " demo-unit ", "ｄｅｍｏ-unit"])
def test_case_and_width_of_a_user_name_do_not_matter(ask: Any, name: str) -> None:
    assert ask(SignIn(username=name, password=PASSWORD)).account.username == "demo-unit"


@pytest.mark.parametrize("name", ["", "nobody-at-all", "demo-unit\x00", "demo%"])
def test_no_account_and_a_wrong_password_are_refused_alike(ask: Any, name: str) -> None:
    with pytest.raises(AppError) as wrong:
        ask(WRONG)
    with pytest.raises(AppError) as unknown:
        ask(SignIn(username=name, password=PASSWORD))
    assert wrong.value.to_wire() == unknown.value.to_wire()
    assert wrong.value.code == "AUTH_FAILED"


def test_a_disabled_account_is_refused_and_locked_like_a_wrong_password(
    ask: Any, database: Database, rows: Rows
) -> None:
    with database.engine.begin() as connection:
        connection.execute(update(account).where(account.c.username == "demo-unit").values(disabled=True))
    assert code_of(ask, GOOD, times=5) == "AUTH_FAILED"
    assert code_of(ask, GOOD) == "ACCOUNT_LOCKED"
    assert [row["outcome"] for row in rows(sign_in)] == ["disabled"] * 5 + ["locked"]


@pytest.mark.parametrize("request_", [WRONG, NOBODY], ids=["account", "nobody"])
def test_five_failures_lock_a_name_whether_or_not_it_is_an_account(ask: Any, request_: SignIn) -> None:
    assert code_of(ask, request_, times=5) == "AUTH_FAILED"
    right = request_.model_copy(update={"password": PASSWORD})
    assert code_of(ask, right) == "ACCOUNT_LOCKED"


def test_a_lock_concerns_one_name_and_ends_after_30_minutes(ask: Any, database: Database) -> None:
    assert code_of(ask, WRONG, times=6) == "ACCOUNT_LOCKED"
    ask(SignIn(username="demo-unit2", password=PASSWORD))
    _age(database, minutes=29)
    assert code_of(ask, GOOD) == "ACCOUNT_LOCKED"
    _age(database, minutes=1)
    assert code_of(ask, WRONG, times=4) == "AUTH_FAILED"
    assert ask(GOOD).account.username == "demo-unit"


def _age(database: Database, minutes: int) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text("update sign_in_guard set locked_until = locked_until - make_interval(mins => :m)"),
            {"m": minutes},
        )


def test_a_good_sign_in_forgets_the_failures_before(ask: Any, rows: Rows) -> None:
    for _ in range(3):
        code_of(ask, WRONG, times=4)
        ask(GOOD)
    assert rows(sign_in_guard) == []


def test_an_outdated_hash_is_renewed_at_a_good_sign_in_only(ask: Any, database: Database, rows: Rows) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    with database.engine.begin() as connection:
        connection.execute(
            update(account).where(account.c.username == "demo-unit").values(password_hash=weak)
        )
    code_of(ask, WRONG)
    assert rows(account, username="demo-unit")[0]["password_hash"] == weak
    ask(GOOD)
    assert rows(account, username="demo-unit")[0]["password_hash"] != weak
    ask(GOOD)


def test_every_attempt_is_recorded_without_what_was_typed(ask: Any, database: Database, rows: Rows) -> None:
    ask(GOOD)
    code_of(ask, WRONG, times=6)
    code_of(ask, NOBODY)
    kept = [(row["account_id"] is None, row["outcome"], row["address"]) for row in rows(sign_in)]
    assert kept == [
        (False, "opened", "192.0.2.7"),
        *[(False, "failed", "192.0.2.8")] * 5,
        (False, "locked", "192.0.2.8"),
        (True, "failed", ""),
    ]
    written = str([dict(row) for table in (sign_in, sign_in_guard, audit_entry) for row in rows(table)])
    assert "nobody" not in written
    assert PASSWORD not in written
    assert {"session.opened", "account.locked"} <= {row["action"] for row in rows(audit_entry)}
    with database.engine.connect() as connection:
        assert first_break(connection) is None


def test_only_the_gateway_brings_sign_ins(ask: Any, sign_as: Any) -> None:
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(GOOD, sign_as("review").as_service())

"""Sessions: renewing, reuse of an old token, signing out, and what old ones leave behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import RowMapping, text, update

from chassis.database import Database
from chassis.tables import audit_entry
from chassis.tokens import Caller, Signer
from contracts.errors import AppError
from contracts.identity import EndSession, GetMe, GetMyUnit, RefreshSession, Session, SignIn
from identity import clock
from identity.tables import account, refresh_token, session, sign_in, sign_in_guard
from identity.tools import Lifetimes, Tools

pytestmark = pytest.mark.usefixtures("quick_passwords")

PASSWORD = "Demo-Password-1"
GOOD = SignIn(username="demo-unit", password=PASSWORD)
Rows = Callable[..., list[RowMapping]]


@pytest.fixture
def opened(ask: Any) -> Session:
    """A session of demo-unit."""
    found: Session = ask(GOOD)
    return found


def renewed(ask: Any, token: str) -> Session:
    found: Session = ask(RefreshSession(refresh_token=token))
    return found


def refused(ask: Any, token: str) -> bool:
    with pytest.raises(AppError) as fault:
        renewed(ask, token)
    return fault.value.code == "TOKEN_EXPIRED"


def sid(opened: Session) -> str:
    claims = jwt.decode(opened.access_token, options={"verify_signature": False})
    return str(claims["sid"])


def test_a_refresh_token_gives_a_new_pair_in_the_same_session(ask: Any, opened: Session) -> None:
    second = renewed(ask, opened.refresh_token)
    third = renewed(ask, second.refresh_token)
    assert len({each.refresh_token for each in (opened, second, third)}) == 3
    assert {sid(each) for each in (opened, second, third)} == {sid(opened)}
    assert ask(GetMe(), third.access_token) == opened.account


def test_whoever_signed_out_is_not_signed_in(ask: Any, opened: Session) -> None:
    another = ask(GOOD)
    ask(EndSession(), opened.access_token)
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        ask(GetMe(), opened.access_token)
    assert ask(GetMe(), another.access_token) == opened.account


def test_an_old_refresh_token_ends_the_whole_session(ask: Any, opened: Session, rows: Rows) -> None:
    second = renewed(ask, opened.refresh_token)
    assert refused(ask, opened.refresh_token)
    assert refused(ask, second.refresh_token)
    assert [row["end_reason"] for row in rows(session)] == ["token_reused"]
    ended = [row["detail"] for row in rows(audit_entry) if row["action"] == "session.ended"]
    assert ended == [{"session": sid(opened), "reason": "token_reused"}]


def test_of_two_that_bring_one_token_at_once_only_one_gets_through(
    tools: Tools, ask: Any, opened: Session
) -> None:
    from identity import sessions

    def bring(_: int) -> str:
        try:
            return sessions.refresh(tools, opened.refresh_token).refresh_token
        except AppError as fault:
            return fault.code

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(bring, range(2)))
    assert answers.count("TOKEN_EXPIRED") == 1
    assert refused(ask, next(each for each in answers if each != "TOKEN_EXPIRED"))


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 200, "\x00"])
def test_what_is_no_refresh_token_is_refused_and_ends_nothing(ask: Any, opened: Session, token: str) -> None:
    assert refused(ask, token)
    renewed(ask, opened.refresh_token)


def test_tokens_are_stored_as_digests_only(opened: Session, rows: Rows) -> None:
    stored = rows(refresh_token)
    assert [row["token_digest"] for row in stored] == [hashlib.sha256(opened.refresh_token.encode()).digest()]
    assert opened.refresh_token not in str([dict(r) for table in (session, audit_entry) for r in rows(table)])


def test_signing_out_ends_this_session_and_no_other(ask: Any, opened: Session) -> None:
    elsewhere, other = ask(GOOD), ask(SignIn(username="demo-unit2", password=PASSWORD))
    ask(EndSession(), opened.access_token, "k")
    ask(EndSession(), opened.access_token, "k")
    assert refused(ask, opened.refresh_token)
    renewed(ask, elsewhere.refresh_token)
    renewed(ask, other.refresh_token)


@pytest.mark.parametrize(
    ("column", "table", "age"),
    [("issued_at", "refresh_token", "61 minutes"), ("expires_at", "session", "12 hours")],
)
def test_a_session_ends_when_idle_or_too_old(
    ask: Any, opened: Session, database: Database, column: str, table: str, age: str
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"update {table} set {column} = {column} - interval '{age}'"))  # noqa: S608  # constants
    assert refused(ask, opened.refresh_token)


def test_a_disabled_account_renews_nothing_and_is_nobody(
    ask: Any, opened: Session, database: Database
) -> None:
    with database.engine.begin() as connection:
        connection.execute(update(account).where(account.c.username == "demo-unit").values(disabled=True))
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        ask(GetMe(), opened.access_token)
    assert refused(ask, opened.refresh_token)


def test_lifetimes_are_settings(tools: Tools, caller_of: Callable[[str], Caller]) -> None:
    short = replace(tools, lifetimes=Lifetimes(access=timedelta(seconds=-10)))
    from identity.sign_in import sign_in as open_session

    expired = open_session(short, GOOD)
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        caller_of(expired.access_token)


def test_a_token_signed_by_another_service_is_no_account(ask: Any, sign_as: Callable[[str], Signer]) -> None:
    forged = sign_as("review").sign({"sub": "x", "role": "unit", "unit_id": "y"}, 60)
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        ask(GetMyUnit(), forged)


@pytest.fixture
def aged(database: Database) -> Callable[[str, str, str], None]:
    """Sets a moment of every row of a table back."""

    def make(table: str, column: str, age: str) -> None:
        with database.engine.begin() as connection:
            connection.execute(text(f"update {table} set {column} = now() - interval '{age}'"))  # noqa: S608  # constants

    return make


def test_the_clock_deletes_only_what_is_old_enough(
    ask: Any, database: Database, rows: Rows, aged: Callable[[str, str, str], None]
) -> None:
    ask(GOOD)
    with pytest.raises(AppError):
        ask(SignIn(username="demo-unit", password="wrong"))
    kept = [(session, "expires_at", "29 days", "31 days"), (sign_in, "at", "365 days", "400 days"),
            (sign_in_guard, "failed_at", "23 hours", "25 hours")]  # fmt: skip
    for table, column, young, _ in kept:
        aged(table.name, column, young)
    clock.prune(database)
    assert all(rows(table) for table, *_ in kept)
    for table, column, _, old in kept:
        aged(table.name, column, old)
    clock.prune(database)
    assert not any(rows(table) for table, *_ in kept)
    assert rows(refresh_token) == []


def test_the_clock_deletes_all_that_is_old_a_few_at_a_time(
    ask: Any,
    database: Database,
    rows: Rows,
    aged: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        ask(GOOD)
    aged("sign_in", "at", "14 months")
    ask(GOOD)
    monkeypatch.setattr(clock, "AT_ONCE", 2)
    clock.prune(database)
    assert len(rows(sign_in)) == 1
    assert len(rows(session)) == 6

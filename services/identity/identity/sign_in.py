"""Signing in: who it is, told by name and password."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import RowMapping, insert, update

from chassis.database import Change
from contracts import identity as contract
from contracts.errors import AppError
from identity import accounts, guard, sessions
from identity.hashing import Verdict
from identity.tables import account as account_table
from identity.tables import sign_in as record
from identity.tools import Tools

Outcome = Literal["opened", "failed", "locked", "disabled"]
Opened = tuple[Outcome, contract.Session | None]
_REFUSALS: dict[Outcome, str] = {
    "failed": "AUTH_FAILED",
    "disabled": "AUTH_FAILED",
    "locked": "ACCOUNT_LOCKED",
}


def sign_in(tools: Tools, request: contract.SignIn) -> contract.Session:
    """Opens a session.

    AUTH_FAILED alike and after the same work for no account, a wrong password and a disabled account; ACCOUNT_LOCKED
    after 5 failures, for 30 minutes, whether or not the name is an account.
    """
    with tools.database.reading() as session:
        account = accounts.find_by_name(session, request.username)
        locked = guard.is_locked(session, request.username)
    # Outside of any transaction: it takes a tenth of a second, and longer when many sign in.
    stored = account["password_hash"] if account else None
    verdict = None if locked else tools.passwords.check(stored, request.password)
    with tools.database.changing(accounts.actor_of(account) if account else sessions.GATEWAY) as change:
        outcome, opened = _decide(change, tools, request, account, verdict)
        _write_down(change, account, outcome, request.address)
    if opened is None:  # only now, so that the failure is committed
        raise AppError(_REFUSALS[outcome])
    return opened


def _decide(
    change: Change,
    tools: Tools,
    request: contract.SignIn,
    account: RowMapping | None,
    verdict: Verdict | None,
) -> Opened:
    # Once more: others may have failed under this name while this password was checked.
    if verdict is None or guard.is_locked(change.session, request.username):
        return "locked", None
    if account is None or account["disabled"] or not verdict.matches:
        return _failed(change, request, account), None
    guard.forget(change.session, request.username)
    _renew_hash(change, account, verdict)
    return "opened", sessions.open_session(change, tools, account)


def _failed(change: Change, request: contract.SignIn, account: RowMapping | None) -> Outcome:
    if guard.add_failure(change.session, request.username) and account:
        change.note("account.locked", f"account:{account['id']}")
    # A disabled account behaves as if every password were wrong; only the record knows better.
    return "disabled" if account and account["disabled"] else "failed"


def _renew_hash(change: Change, account: RowMapping, verdict: Verdict) -> None:
    if verdict.renewed:
        same = (account_table.c.id == account["id"]) & (
            account_table.c.password_hash == account["password_hash"]
        )
        change.session.execute(update(account_table).where(same).values(password_hash=verdict.renewed))
        change.note("account.hash_renewed", f"account:{account['id']}")


def _write_down(change: Change, account: RowMapping | None, outcome: Outcome, address: str) -> None:
    change.session.execute(
        insert(record).values(
            account_id=account and account["id"],
            outcome=outcome,
            address=address if address.isprintable() else "",
        )
    )

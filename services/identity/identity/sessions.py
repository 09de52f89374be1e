"""Sessions and their refresh tokens: each is good once, and an old one that comes again ends the session."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update
from sqlalchemy.orm import Session as Rows

from chassis.audit import Actor
from chassis.database import Change
from chassis.tokens import Caller
from contracts import identity as contract
from contracts.errors import AppError
from identity import accounts
from identity.tables import refresh_token, session
from identity.tools import Tools

EndReason = Literal["signed_out", "token_reused", "account_disabled"]
GATEWAY = Actor("gateway", "service")


def open_session(change: Change, tools: Tools, account: RowMapping) -> contract.Session:
    """A new session of an account that has proved who it is."""
    session_id = uuid.uuid4().hex
    end = datetime.now(UTC) + tools.lifetimes.session
    change.session.execute(insert(session).values(id=session_id, account_id=account["id"], expires_at=end))
    change.note("session.opened", f"account:{account['id']}", session=session_id)
    return _with_tokens(change.session, tools, account, session_id)


def refresh(tools: Tools, token: str) -> contract.Session:
    """A new pair of tokens for a refresh token that is used for the first time. TOKEN_EXPIRED for any other."""
    with tools.database.changing(GATEWAY) as change:
        found = _locked(change.session, _digest(token))
        renewed = _renewed(change, tools, found) if found else None
    if renewed is None:  # only now, so that the end of a session is committed
        raise AppError("TOKEN_EXPIRED")
    return renewed


def end(change: Change, caller: Caller) -> None:
    """Signs out: ends the session of the caller's token. Ending twice is no fault."""
    mine = (session.c.account_id == caller.id) & (session.c.id == caller.session_id)
    _end(change, mine & session.c.ended_at.is_(None), "signed_out")


def _renewed(change: Change, tools: Tools, found: RowMapping) -> contract.Session | None:
    this = session.c.id == found["session_id"]
    account = accounts.find(change.session, found["account_id"])
    reason = _reason_to_end(found, account)
    if reason:
        _end(change, this, reason)
    if reason or account is None or not _is_fresh(found, tools.lifetimes.idle):
        return None
    used = refresh_token.c.token_digest == found["token_digest"]
    change.session.execute(update(refresh_token).where(used).values(used_at=func.now()))
    change.session.execute(update(session).where(this).values(used_at=func.now()))
    return _with_tokens(change.session, tools, account, found["session_id"])


def _reason_to_end(found: RowMapping, account: RowMapping | None) -> EndReason | None:
    if account is None or account["disabled"]:
        return "account_disabled"
    return None if found["used_at"] is None else "token_reused"


def _is_fresh(found: RowMapping, idle: timedelta) -> bool:
    now = datetime.now(UTC)
    return bool(found["issued_at"] + idle > now and found["expires_at"] > now)


def _locked(rows: Rows, digest: bytes) -> RowMapping | None:
    """The token with its session, unless that has ended. Two who bring one token wait for each other here."""
    query = (
        select(refresh_token, session.c.account_id, session.c.expires_at)
        .join(session, session.c.id == refresh_token.c.session_id)
        .where(refresh_token.c.token_digest == digest, session.c.ended_at.is_(None))
        .with_for_update()
    )
    return rows.execute(query).mappings().one_or_none()


def _end(change: Change, which: ColumnElement[bool], reason: EndReason) -> None:
    ended = update(session).where(which).values(ended_at=func.now(), end_reason=reason)
    for session_id, account_id in change.session.execute(ended.returning(session.c.id, session.c.account_id)):
        change.note("session.ended", f"account:{account_id}", session=session_id, reason=reason)


def _with_tokens(rows: Rows, tools: Tools, account: RowMapping, session_id: str) -> contract.Session:
    token = secrets.token_urlsafe(32)
    rows.execute(insert(refresh_token).values(token_digest=_digest(token), session_id=session_id))
    seconds = int(tools.lifetimes.access.total_seconds())
    return contract.Session(
        access_token=tools.signer.sign(accounts.claims_of(account, session_id), seconds),
        expires_in=seconds,
        refresh_token=token,
        account=accounts.as_account(account),
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()

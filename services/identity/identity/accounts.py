"""Accounts: how they are found, and what others learn of them."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from chassis.audit import Actor
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.identity import Account
from identity.tables import account
from identity.tables import session as sessions

CLAIMS = ("role", "unit_id", "authority_code", "steps", "rights")


def username_key(typed: str) -> str:
    """The one spelling by which a user name is unique: half-width, lower case, without spaces around it.

    Empty for what cannot be a name.
    """
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    return name if name.isprintable() else ""


def find_by_name(session: Session, typed: str) -> RowMapping | None:
    """The account with this user name, whatever its case, also a disabled one."""
    query = select(account).where(account.c.username_key == username_key(typed))
    return session.execute(query).mappings().one_or_none()


def names_of(session: Session, ids: list[str]) -> dict[str, str]:
    """User names by id."""
    query = select(account.c.id, account.c.username).where(account.c.id.in_(ids))
    return {row.id: row.username for row in session.execute(query)}


def find(session: Session, account_id: str) -> RowMapping | None:
    """The account with this id, also a disabled one."""
    return session.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()


def get_me(session: Session, caller: Caller) -> Account:
    """The caller's account as it is now. TOKEN_EXPIRED when it is gone or disabled, or its session has ended."""
    row = find(session, caller.id)
    if row is None or row["disabled"] or _has_ended(session, caller):
        raise AppError("TOKEN_EXPIRED")
    return as_account(row)


def _has_ended(session: Session, caller: Caller) -> bool:
    here = (sessions.c.id == caller.session_id) & sessions.c.ended_at.is_not(None)
    return session.execute(select(sessions.c.id).where(here)).first() is not None


def as_account(row: RowMapping) -> Account:
    """A row as others see it."""
    return Account(id=row["id"], username=row["username"], **_said(row))


def claims_of(row: RowMapping, session_id: str) -> dict[str, Any]:
    """What an access token says of an account."""
    return {"sub": row["id"], "sid": session_id, **_said(row)}


def actor_of(row: RowMapping) -> Actor:
    """The account as the audit chain knows it."""
    return Actor(row["id"], row["role"])


def _said(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in CLAIMS}

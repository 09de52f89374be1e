"""Locks a user name after failed sign-ins (domain.md section 16): 5 failures, 30 minutes.

By the digest of the typed name, so that a name which is no account behaves in the same way, and a password that was
typed into the wrong field is not kept.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import case, delete, func, null, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from identity.accounts import username_key
from identity.tables import sign_in_guard

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=30)


def is_locked(session: Session, typed_name: str) -> bool:
    """Whether sign-ins under this name are refused at present."""
    query = select(sign_in_guard.c.locked_until > func.now()).where(
        sign_in_guard.c.name_digest == _digest(typed_name)
    )
    return bool(session.execute(query).scalar())


def add_failure(session: Session, typed_name: str) -> bool:
    """Counts one more failure. Whether it was the one that locks the name; then the count starts again."""
    guard = sign_in_guard.c
    first = insert(sign_in_guard).values(name_digest=_digest(typed_name), failures=1)
    full = guard.failures + 1 >= MOST_FAILURES
    counted = first.on_conflict_do_update(
        index_elements=["name_digest"],
        set_={
            "failures": case((full, 0), else_=guard.failures + 1),
            "locked_until": case((full, func.now() + LOCKED_FOR), else_=null()),
            "failed_at": func.now(),
        },
        where=guard.locked_until.is_(None) | (guard.locked_until <= func.now()),
    ).returning(guard.locked_until.is_not(None))
    return bool(session.execute(counted).scalar())


def forget(session: Session, typed_name: str) -> None:
    """Forgets the failures under this name, as after a good sign-in."""
    session.execute(delete(sign_in_guard).where(sign_in_guard.c.name_digest == _digest(typed_name)))


def _digest(typed_name: str) -> bytes:
    return hashlib.sha256(username_key(typed_name).encode()).digest()

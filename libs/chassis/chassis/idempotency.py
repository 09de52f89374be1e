"""Idempotency: the key of a change is stored with it in one transaction, and a repeat answers the first reply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.tables import idempotency
from contracts.errors import AppError

Reply = dict[str, Any]


def request_hash(request: Reply) -> str:
    """SHA-256 of the request in one fixed form."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def once(session: Session, who: tuple[str, str, str], request: Reply, change: Callable[[], Reply]) -> Reply:
    """Runs ``change`` at most once for (account, method, key); a repeat, also a concurrent one, gets its reply.

    Raises IDEMPOTENCY_CONFLICT when the key was used for another request. A change that raises leaves no trace.
    """
    account, method, key = who
    digest = request_hash(request)
    row = {"account": account, "method": method, "key": key, "request_hash": digest}
    taken = insert(idempotency).values(**row).on_conflict_do_nothing().returning(idempotency.c.key)
    here = (idempotency.c.account == account) & (idempotency.c.method == method) & (idempotency.c.key == key)
    if session.execute(taken).scalar() is None:
        return _first_reply(session.execute(select(idempotency).where(here)).mappings().one(), digest)
    reply = change()
    session.execute(update(idempotency).where(here).values(reply=reply))
    return reply


def _first_reply(row: Any, digest: str) -> Reply:
    if row["request_hash"] != digest:
        raise AppError("IDEMPOTENCY_CONFLICT")
    reply: Reply = row["reply"]
    return reply

"""Idempotency: the key of a change is stored with it in one transaction, and a repeat answers the first reply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database import Database
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
    digest = request_hash(request)
    if not _take(session, who, digest):
        earlier = session.execute(select(idempotency).where(_here(who))).mappings().one()
        _check_same(earlier, digest)
        return dict(earlier["reply"])
    reply = change()
    session.execute(update(idempotency).where(_here(who)).values(reply=reply))
    return reply


def for_saga(
    database: Database,
    who: tuple[str, str, str],
    request: Reply,
    saga: Callable[[], Reply],
    *,
    keep_reply: bool = True,
) -> Reply:
    """As ``once`` for a change of several transactions: it runs again until it has ended once, then its reply stays.

    So a saga must bear being repeated, also by two at once: it names what it makes by ``context.operation_id``.
    Without ``keep_reply`` it runs again each time, and only another request under its key is refused.
    """
    digest = request_hash(request)
    with database.engine.begin() as connection, Session(connection) as session:
        if not _take(session, who, digest):
            earlier = session.execute(select(idempotency).where(_here(who))).mappings().one_or_none()
            if earlier is not None:  # else another attempt was refused at this moment
                _check_same(earlier, digest)
                if earlier["reply"] is not None:
                    return dict(earlier["reply"])
    try:
        reply = saga()
    except AppError:  # refused: the key is free again, for the corrected request
        with database.engine.begin() as connection:
            connection.execute(delete(idempotency).where(_here(who), idempotency.c.reply.is_(None)))
        raise
    if keep_reply:
        with database.engine.begin() as connection:
            connection.execute(update(idempotency).where(_here(who)).values(reply=reply))
    return reply


def _here(who: tuple[str, str, str]) -> ColumnElement[bool]:
    account, method, key = who
    columns = idempotency.c
    return (columns.account == account) & (columns.method == method) & (columns.key == key)


def _take(session: Session, who: tuple[str, str, str], digest: str) -> bool:
    account, method, key = who
    row = {"account": account, "method": method, "key": key, "request_hash": digest}
    taken = insert(idempotency).values(**row).on_conflict_do_nothing().returning(idempotency.c.key)
    return session.execute(taken).scalar() is not None


def _check_same(earlier: RowMapping, digest: str) -> None:
    if earlier["request_hash"] != digest:
        raise AppError("IDEMPOTENCY_CONFLICT")

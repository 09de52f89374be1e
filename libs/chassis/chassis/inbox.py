"""The inbox: each event takes effect once and in the order of its stream, however the broker delivers it.

An event that comes before its predecessor waits in a table, and is taken when that one was: many events of one stream
are in the hands of several workers at once, and waiting in a queue would let each overtake the next again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import tracing
from chassis.audit import Actor
from chassis.tables import inbox, inbox_waiting

Place = Literal["next", "taken", "early"]


class MalformedEventError(Exception):
    """What came is no event, or none of the form that the contract gives it: trying again cannot help."""


@dataclass(frozen=True)
class Incoming:
    """An event as it came: its place in its stream, what it is, who caused it."""

    source: str
    aggregate_id: str
    sequence: int
    type: str
    actor: Actor
    request_id: str
    traceparent: str
    body: dict[str, Any]

    @classmethod
    def read(cls, source: str, body: dict[str, Any], headers: Mapping[str, Any]) -> Incoming:
        """From the headers that the outbox wrote. Raises MalformedEventError."""
        try:
            return cls(
                source=source,
                aggregate_id=str(headers["aggregate_id"]),
                sequence=int(headers["sequence"]),
                type=str(headers["type"]),
                actor=Actor(headers["actor_id"], headers["actor_role"]),
                request_id=str(headers.get("request_id") or ""),
                traceparent=tracing.accepted(headers.get("traceparent")),
                body=body,
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise MalformedEventError(f"headers: {fault!r}") from fault


def place(session: Session, event: Incoming) -> Place:
    """``next`` once for each event, in order. One that was ``taken`` is dropped, an ``early`` one waits in the table.

    The row of the stream stays locked until the commit: the effect and the note that it happened are one transaction.
    """
    last = _locked(session, event.source, event.aggregate_id)
    if event.sequence > last + 1:
        session.execute(insert(inbox_waiting).values(**_row(event)).on_conflict_do_nothing())
        return "early"
    if event.sequence <= last:
        return "taken"
    _advance(session, event)
    return "next"


def somebody_waits(connection: Connection, source: str, aggregate_id: str) -> bool:
    """Whether the successor of the last taken event is there, or was a moment ago: a look without a lock.

    Nobody is missed: an early event is written while the stream's row is locked, so either the one that takes its
    predecessor sees it here, or it saw that its predecessor was taken.
    """
    columns = inbox_waiting.c
    here = (inbox.c.source == source) & (inbox.c.aggregate_id == aggregate_id)
    same = (columns.source == inbox.c.source) & (columns.aggregate_id == inbox.c.aggregate_id)
    wanted = select(1).where(here, same, columns.sequence == inbox.c.last + 1)
    return connection.execute(wanted).scalar() is not None


def next_waiting(session: Session, source: str, aggregate_id: str) -> Incoming | None:
    """The event that may be taken now, out of those that wait; None when there is none."""
    last = _locked(session, source, aggregate_id)
    columns = inbox_waiting.c
    here = (
        (columns.source == source) & (columns.aggregate_id == aggregate_id) & (columns.sequence == last + 1)
    )
    row = session.execute(delete(inbox_waiting).where(here).returning(inbox_waiting)).mappings().one_or_none()
    if row is None:
        return None
    event = Incoming(
        source=source,
        aggregate_id=aggregate_id,
        sequence=row["sequence"],
        type=row["type"],
        actor=Actor(row["actor_id"], row["actor_role"]),
        request_id=row["request_id"],
        traceparent=row["traceparent"],
        body=row["body"],
    )
    _advance(session, event)
    return event


def _locked(session: Session, source: str, aggregate_id: str) -> int:
    first = insert(inbox).values(source=source, aggregate_id=aggregate_id, last=0)
    session.execute(first.on_conflict_do_nothing())
    here = (inbox.c.source == source) & (inbox.c.aggregate_id == aggregate_id)
    return int(session.execute(select(inbox.c.last).where(here).with_for_update()).scalar_one())


def _advance(session: Session, event: Incoming) -> None:
    here = (inbox.c.source == event.source) & (inbox.c.aggregate_id == event.aggregate_id)
    session.execute(inbox.update().where(here).values(last=event.sequence))


def _row(event: Incoming) -> dict[str, Any]:
    return {
        "source": event.source,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "type": event.type,
        "actor_id": event.actor.id,
        "actor_role": event.actor.role,
        "request_id": event.request_id,
        "traceparent": event.traceparent,
        "body": event.body,
    }

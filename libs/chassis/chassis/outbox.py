"""The outbox: what others must learn is written in the transaction of the change and sent by the relay."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from chassis import context, tracing
from chassis.audit import Actor
from chassis.tables import outbox, stream
from contracts.event import Event

CHANNEL = "outbox"
"""The name for LISTEN and NOTIFY that wakes the relay."""


def _next_sequence(session: Session, aggregate_id: str) -> int:
    """The number of the next event of this aggregate; its row stays locked until the commit, which keeps order."""
    start = upsert(stream).values(aggregate_id=aggregate_id, last=1)
    again = start.on_conflict_do_update(index_elements=["aggregate_id"], set_={"last": stream.c.last + 1})
    return int(session.execute(again.returning(stream.c.last)).scalar_one())


def write_events(session: Session, actor: Actor, events: Iterable[Event]) -> None:
    """Writes events in the order of their aggregates' ids, so that two transactions never wait crosswise."""
    for event in sorted(events, key=lambda e: e.aggregate_id()):
        with tracing.span(f"event {event.type}", "PRODUCER"):
            _write_event(session, actor, event)


def _write_event(session: Session, actor: Actor, event: Event) -> None:
    headers = {
        "type": event.type,
        "aggregate_id": event.stream_id(),
        "sequence": _next_sequence(session, event.stream_id()),
        "actor_id": actor.id,
        "actor_role": actor.role,
        **context.names(),
    }
    _write(
        session,
        f"{event.source}.events",
        event.type,
        bool(event.consumers),
        headers,
        event.model_dump_json(),
    )


def write_wake_up(session: Session, service: str, kind: str) -> None:
    """A bare wake-up for the workers of this kind of job: the row of the job is the truth."""
    _write(session, "", wake_up_queue(service, kind), True, {}, "{}")


def wake_up_queue(service: str, kind: str) -> str:
    """The queue on which the workers of one kind of job are woken."""
    return f"jobs-{service}-{kind}"


def _write(
    session: Session, exchange: str, key: str, mandatory: bool, headers: dict[str, object], body: str
) -> None:
    row = {
        "message_id": uuid.uuid4(),
        "exchange": exchange,
        "routing_key": key,
        "mandatory": mandatory,
        "headers": headers,
        "body": json.loads(body),
    }
    session.execute(insert(outbox).values(**row))


def notify(session: Session) -> None:
    """Wakes the relay at the commit."""
    session.execute(text(f"notify {CHANNEL}"))

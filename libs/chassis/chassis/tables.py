"""The tables that every service has beside its own: outbox, inbox, idempotency, jobs, audit chain."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

CHASSIS = MetaData()
NOW = func.now()


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=None if nullable else NOW)


outbox = Table(
    "outbox",
    CHASSIS,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("mandatory", Boolean, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", JSONB, nullable=False),
    _at("created_at"),
    _at("not_before"),
    _at("sent_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Index("outbox_unsent", "id", postgresql_where=text("sent_at is null")),
    Index("outbox_sent", "sent_at", postgresql_where=text("sent_at is not null")),
)

stream = Table(
    "stream",
    CHASSIS,
    Column("aggregate_id", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    CHASSIS,
    Column("source", Text, primary_key=True),
    Column("aggregate_id", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

inbox_waiting = Table(
    "inbox_waiting",
    CHASSIS,
    Column("source", Text, primary_key=True),
    Column("aggregate_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("body", JSONB, nullable=False),
    _at("came_at"),
    Index("inbox_waiting_came", "came_at"),
    comment="Events that came before their predecessor",
)

idempotency = Table(
    "idempotency",
    CHASSIS,
    Column("account", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("reply", JSONB),
    _at("created_at"),
    Index("idempotency_created", "created_at"),
)

job = Table(
    "job",
    CHASSIS,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("unit_id", Text, nullable=False, server_default=""),
    Column("serial_key", Text),
    Column("actor_id", Text, nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("owner", Text),
    Column("attempt", Integer, nullable=False, server_default="0"),
    _at("lease_until", nullable=True),
    _at("not_before"),
    _at("created_at"),
    _at("finished_at", nullable=True),
    Column("fault", JSONB),
    Index(
        "job_waiting",
        "kind",
        "unit_id",
        "created_at",
        postgresql_where=text("state in ('queued', 'running')"),
    ),
    Index("job_finished", "finished_at", postgresql_where=text("finished_at is not null")),
    Index("job_unit_running", "unit_id", postgresql_where=text("state = 'running'")),
    # One at a time for each key: the database decides when two workers claim at once.
    Index("job_serial", "serial_key", unique=True, postgresql_where=text("state = 'running'")),
)

audit_entry = Table(
    "audit_entry",
    CHASSIS,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_subject", "subject", "seq"),
)

audit_head = Table(
    "audit_head",
    CHASSIS,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

"""The audit chain of a service: each entry holds the hash of the one before, so that no change goes unseen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.orm import Session

from chassis import context
from chassis.tables import audit_entry, audit_head

GENESIS = "0" * 64
READ_AT_ONCE = 5000


@dataclass(frozen=True)
class Actor:
    """Who did it: an account, or a service, worker or clock under its own name."""

    id: str
    role: str


@dataclass(frozen=True)
class AuditNote:
    """What to write down: ``subject`` is ``kind:id`` of the thing that was changed."""

    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 over all columns but the hash itself, in one fixed form."""
    columns = {name: entry[name] for name in sorted(audit_entry.columns.keys()) if name != "hash"}
    columns["at"] = entry["at"].astimezone(UTC).isoformat()
    form = json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


def append(session: Session, actor: Actor, notes: list[AuditNote]) -> None:
    """Adds entries. Locks the head row until the commit, so call it last in a transaction."""
    head = session.execute(select(audit_head).with_for_update()).mappings().one()
    seq, previous = head["seq"], head["hash"]
    for note in notes:
        seq += 1
        entry = _entry(seq, previous, actor, note)
        session.execute(insert(audit_entry).values(**entry))
        previous = entry["hash"]
    session.execute(update(audit_head).values(seq=seq, hash=previous))


def _entry(seq: int, previous: str, actor: Actor, note: AuditNote) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "seq": seq,
        "at": datetime.now(UTC),
        "actor_id": actor.id,
        "actor_role": actor.role,
        "action": note.action,
        "subject": note.subject,
        "detail": note.detail,
        "request_id": context.request_id.get(),
        "previous_hash": previous,
    }
    return {**entry, "hash": entry_hash(entry)}


def first_break(connection: Connection) -> int | None:
    """The number of the first entry that does not follow from the one before; None when the chain holds."""
    seq, previous = 0, GENESIS
    while rows := _read(connection, seq):
        for row in rows:
            if (
                row["seq"] != seq + 1
                or row["previous_hash"] != previous
                or row["hash"] != entry_hash(dict(row))
            ):
                return seq + 1
            seq, previous = row["seq"], row["hash"]
    head = connection.execute(select(audit_head)).mappings().one()
    return None if (head["seq"], head["hash"]) == (seq, previous) else seq + 1


def _read(connection: Connection, after: int) -> list[RowMapping]:
    query = (
        select(audit_entry).where(audit_entry.c.seq > after).order_by(audit_entry.c.seq).limit(READ_AT_ONCE)
    )
    return list(connection.execute(query).mappings())

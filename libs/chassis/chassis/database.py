"""One database of one service: read or change it. A change commits state, events, jobs and audit together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from chassis import audit, context, jobs, outbox, pool
from chassis.audit import Actor, AuditNote
from contracts.event import Event


@dataclass
class Change:
    """A unit of work: change rows by ``session``, and say what to tell, to do later, and to write down."""

    session: Session
    actor: Actor
    service: str
    _events: list[Event] = field(default_factory=list)
    _notes: list[AuditNote] = field(default_factory=list)
    _wake_ups: set[str] = field(default_factory=set)

    def emit(self, event: Event) -> None:
        """Tells others, once this change is committed."""
        self._events.append(event)

    def note(self, action: str, subject: str, **detail: Any) -> None:
        """Adds to the audit chain."""
        self._notes.append(AuditNote(action, subject, detail))

    def enqueue(self, job: jobs.NewJob) -> None:
        """Leaves work to a worker, once this change is committed."""
        jobs.insert_job(self.session, job, self.actor)
        self._wake_ups.add(job.kind)

    def settle(self) -> None:
        """Writes what was collected, the contended rows last: sequences, then the head of the audit chain."""
        self.session.flush()
        for kind in sorted(self._wake_ups):
            outbox.write_wake_up(self.session, self.service, kind)
        outbox.write_events(self.session, self.actor, self._events)
        if self._events or self._wake_ups:
            outbox.notify(self.session)
        if self._notes:
            audit.append(self.session, self.actor, self._notes)


class Database:
    """The engine of one service's database, with limits on every wait (times in milliseconds)."""

    def __init__(
        self, url: str, service: str, *, pool_size: int = pool.POOL_SIZE, statement_ms: int = 5000
    ) -> None:
        self.service = service
        options = (
            f"-c statement_timeout={statement_ms} -c lock_timeout=3000 "
            "-c idle_in_transaction_session_timeout=60000 -c client_connection_check_interval=2000 -c timezone=UTC"
        )
        self.engine: Engine = create_engine(
            url,
            poolclass=pool.CountedPool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_pre_ping=True,
            hide_parameters=True,  # else a fault takes names, numbers and hashes into the log
            connect_args={"connect_timeout": 5, "options": options, "application_name": service},
        )
        pool.watch(self.engine, service)

    def ping(self) -> None:
        """Raises when the database does not answer within its time-outs."""
        with self.engine.connect() as connection:
            connection.execute(text("select 1"))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes are thrown away."""
        with Session(self.engine) as session, context.transaction_open():
            yield session
            session.rollback()

    @contextmanager
    def changing(self, actor: Actor) -> Iterator[Change]:
        """A unit of work, committed at the end, or nothing of it when it raises."""
        with Session(self.engine, expire_on_commit=False) as session, context.transaction_open():
            change = Change(session, actor, self.service)
            yield change
            change.settle()
            session.commit()

"""Jobs: the row is the truth, with owner, attempt and lease; the message on the bus is only a wake-up."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import context, tracing
from chassis.audit import Actor
from chassis.tables import job as job_table

LEASE_S = 15
MOST_ATTEMPTS = 3


class LeaseLostError(Exception):
    """The job is another worker's by now: nothing of this attempt may be kept."""


@dataclass(frozen=True)
class NewJob:
    """Work to be done later. Of one ``serial_key`` only one job runs at a time; ``unit_id`` keeps units equal."""

    kind: str
    payload: dict[str, Any]
    unit_id: str = ""
    serial_key: str | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class ClaimedJob:
    """A job that this worker holds until ``lease_until``, which the worker keeps renewing."""

    id: uuid.UUID
    kind: str
    payload: dict[str, Any]
    owner: str
    attempt: int
    actor: Actor
    request_id: str
    traceparent: str = ""


def insert_job(session: Session, job: NewJob, actor: Actor) -> None:
    """Writes the row of a new job in the transaction of the change that asks for it."""
    with tracing.span(f"job {job.kind}", "PRODUCER"):
        session.execute(insert(job_table).values(**_row(job, actor)))


def _row(job: NewJob, actor: Actor) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "payload": job.payload,
        "unit_id": job.unit_id,
        "serial_key": job.serial_key,
        "actor_id": actor.id,
        "actor_role": actor.role,
        **context.names(),
    }


_WAITING = "j.state in ('queued', 'running')"
_CLAIMABLE = """
    j.attempt < :most
    and (j.state = 'queued' and j.not_before <= now() or j.state = 'running' and j.lease_until < now())
    and not exists (select from job r where r.serial_key = j.serial_key and r.state = 'running' and r.id <> j.id)
"""
# Each unit's oldest jobs come from the index, however many wait behind them; some, since others claim at this moment.
_CLAIM = text(f"""
with recursive unit (kind, id) as (
    select k, (select min(j.unit_id) from job j where j.kind = k and {_WAITING})
    from unnest(cast(:kinds as text[])) as k
    union all
    select u.kind, (select min(j.unit_id) from job j where j.kind = u.kind and j.unit_id > u.id and {_WAITING})
    from unit u where u.id is not null),
first as (
    select oldest.id, oldest.created_at, busy.jobs, served.at
    from unit u
    cross join lateral (select count(*) as jobs from job r where r.unit_id = u.id and r.state = 'running') busy
    cross join lateral (
        select max(d.finished_at) as at from job d
        where d.finished_at > now() - interval '5 min' and d.kind = u.kind and d.unit_id = u.id) served
    cross join lateral (
        select j.id, j.created_at from job j
        where j.kind = u.kind and j.unit_id = u.id and {_WAITING} and {_CLAIMABLE}
        order by j.created_at limit 16) oldest)
update job set state = 'running', owner = :owner, attempt = attempt + 1, lease_until = now() + :lease * interval '1 s'
where id = (
    select j.id from job j join first on first.id = j.id
    where {_CLAIMABLE}
    order by first.jobs, first.at nulls first, first.created_at
    limit 1 for update of j skip locked)
returning id, kind, payload, attempt, actor_id, actor_role, request_id, traceparent
""")  # noqa: S608  # made of constants


def claim(connection: Connection, kinds: list[str], owner: str) -> ClaimedJob | None:
    """Takes the next job of these kinds for ``owner``: of the unit with the fewest running ones, the oldest.

    Of several such units the one that was not served for longest: ten files of one do not hold up another's first.
    """
    try:
        with connection.begin():
            values = {"owner": owner, "kinds": kinds, "lease": LEASE_S, "most": MOST_ATTEMPTS}
            row = connection.execute(_CLAIM, values).mappings().one_or_none()
    except IntegrityError:  # another worker took a job of the same serial key in this moment
        return None
    if row is None:
        return None
    actor = Actor(row["actor_id"], row["actor_role"])
    names = (row["request_id"], row["traceparent"])
    return ClaimedJob(row["id"], row["kind"], row["payload"], owner, row["attempt"], actor, *names)


_LEASE = text(f"now() + interval '{LEASE_S} s'")
_ENDED = {"owner": None, "finished_at": func.clock_timestamp()}  # now() is when a long transaction began
_PARK = text("""
update job set state = 'failed', owner = null, finished_at = now(), fault = cast(:fault as jsonb)
where attempt >= :most and (state = 'queued' or state = 'running' and lease_until < now())
returning id
""")


def _set(connection: Connection, job: ClaimedJob, **values: Any) -> bool:
    """Changes the row only while this attempt of this worker holds it."""
    columns = job_table.c
    mine = (columns.owner == job.owner) & (columns.attempt == job.attempt) & (columns.state == "running")
    statement = update(job_table).where((columns.id == job.id) & mine).values(**values)
    return connection.execute(statement).rowcount == 1


def _must_set(connection: Connection, job: ClaimedJob, **values: Any) -> None:
    if not _set(connection, job, **values):
        raise LeaseLostError(str(job.id))


def renew(connection: Connection, job: ClaimedJob) -> None:
    """Holds the job for another lease. Raises LeaseLostError when it is another's."""
    _must_set(connection, job, lease_until=_LEASE)


def finish(session: Session, job: ClaimedJob) -> None:
    """Marks the job done in the transaction that holds its effect; a worker that lost its lease changes nothing."""
    _must_set(session.connection(), job, state="done", **_ENDED)


def fail(session: Session, job: ClaimedJob, fault: dict[str, Any]) -> None:
    """Ends the job for good with a fault that its owner is shown: ``{"code", "message"}``."""
    tracing.current().refuse(str(fault.get("code", "INTERNAL")))
    _must_set(session.connection(), job, state="failed", fault=fault, **_ENDED)


def hand_back(connection: Connection, job: ClaimedJob) -> None:
    """Gives the job to another worker (this one is told to stop); the attempt does not count."""
    _set(connection, job, state="queued", owner=None, attempt=job.attempt - 1)


def retry_later(connection: Connection, job: ClaimedJob, pause_s: float) -> None:
    """Sets the job back after a passing fault; the attempt counts."""
    later = func.now() + timedelta(seconds=pause_s)
    _set(connection, job, state="queued", owner=None, not_before=later)


def park_worn_out(connection: Connection, fault: dict[str, Any]) -> list[uuid.UUID]:
    """Ends jobs that used up their attempts (they killed their workers); returns their ids."""
    values = {"most": MOST_ATTEMPTS, "fault": json.dumps(fault)}
    return list(connection.execute(_PARK, values).scalars())

"""What must hold between the five databases and the bucket of a system at rest: python -m tests.resilience.invariants

Prints a line for each invariant and ends 0 when all hold. Reads only; safe on a system in use, where what is still on
its way may show for a moment (ask again). Also ``make check``.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from minio import Minio
from minio.error import S3Error
from sqlalchemy import Connection, create_engine, text

from chassis.audit import first_break
from contracts.events import EVENTS
from local_stack import Stack
from local_stack.layout import REPOSITORY
from local_stack.minio_server import client
from local_stack.processes import SERVICES

SHOWN = 10
"""So many examples of a broken invariant are printed."""
STREAMS = sorted({(each.source, each.type.partition(".")[0], to) for each in EVENTS for to in each.consumers})
LATE = "interval '2 minutes'"

# Rows of one database that must not be there: what is wrong with them, whose, and how they are found.
ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "no message waits to be sent",
        SERVICES,
        f"select id, last_error from outbox where sent_at is null and created_at < now() - {LATE}",  # noqa: S608  # constants
    ),
    (
        "no event waits for a predecessor",
        SERVICES,
        f"select source, aggregate_id, sequence from inbox_waiting where came_at < now() - {LATE}",  # noqa: S608  # constants
    ),
    (
        "no job is held by a worker that is gone",
        SERVICES,
        f"select id, kind from job where state = 'running' and lease_until < now() - {LATE}",  # noqa: S608  # constants
    ),
    (
        "no job waits for a worker",
        SERVICES,
        f"select id, kind from job where state = 'queued' and created_at < now() - {LATE}",  # noqa: S608  # constants
    ),
    (
        "no import is running without its job",
        ("importer",),
        (
            "select i.id from import_run i left join job j on j.id = i.id and j.state in ('queued', 'running') "
            "where i.state in ('queued', 'running') and j.id is null"
        ),
    ),
    (
        "no photo is pending without its job",
        ("attachments",),
        (
            "select p.id from photo p left join job j on j.id = p.id and j.state in ('queued', 'running') "
            "where p.state = 'pending' and j.id is null"
        ),
    ),
    (
        "no identity is live twice",
        ("importer",),
        "select identity_digest, count(*) from cylinder where live group by 1 having count(*) > 1",
    ),
    (
        "one valid certificate for each application",
        ("certificate",),
        "select application_id, count(*) from certificate where state = 'valid' group by 1 having count(*) > 1",
    ),
    (
        "a certificate lists as many cylinders as it says",
        ("certificate",),
        (
            "select c.number, c.count, count(l.position) from certificate c left join certificate_cylinder l "
            "on l.certificate_no = c.no where c.state = 'valid' group by 1, 2 having c.count <> count(l.position)"
        ),
    ),
)


@dataclass
class System:
    """Open connections to everything, and how objects are asked for."""

    databases: dict[str, Connection]
    storage: Minio
    bucket: str

    def rows(self, service: str, query: str) -> list[tuple[object, ...]]:
        """What a query finds in a service's database."""
        return [tuple(row) for row in self.databases[service].execute(text(query))]

    def pairs(self, service: str, query: str) -> dict[object, tuple[object, ...]]:
        """The same by the first column."""
        return {row[0]: row[1:] for row in self.rows(service, query)}

    def digest(self, key: str) -> str | None:
        """SHA-256 of an object; None when it is not there."""
        try:
            response = self.storage.get_object(self.bucket, key)
        except S3Error as fault:
            if fault.code in {"NoSuchKey", "NoSuchObject"}:
                return None
            raise
        with response:
            return hashlib.sha256(response.read()).hexdigest()

    def is_there(self, key: str) -> bool:
        """Whether there is such an object."""
        try:
            self.storage.stat_object(self.bucket, key)
        except S3Error as fault:
            if fault.code in {"NoSuchKey", "NoSuchObject"}:
                return False
            raise
        return True


def audit_chains(system: System) -> Iterator[str]:
    """The audit chains are whole"""
    for service, connection in system.databases.items():
        if (broken := first_break(connection)) is not None:
            yield f"{service}: entry {broken}"


def streams(system: System) -> Iterator[str]:
    """Every event that was published was taken, and nothing else"""
    for source, stream, consumer in STREAMS:
        like = f"like '{stream}:%'"
        told = system.pairs(source, f"select aggregate_id, last from stream where aggregate_id {like}")  # noqa: S608  # constants
        taken = system.pairs(
            consumer,
            f"select aggregate_id, last from inbox where source = '{source}' and aggregate_id {like}",  # noqa: S608  # constants
        )
        for name in sorted(told.keys() | taken.keys(), key=str):
            if told.get(name) != taken.get(name):
                yield f"{name}: {source} published {told.get(name)}, {consumer} took {taken.get(name)}"


def certified(system: System) -> Iterator[str]:
    """A certified application has one valid certificate with its number, and all others have none"""
    review = system.pairs(
        "review", "select id, certificate_number from application where state = 'certified'"
    )
    made = system.pairs("certificate", "select application_id, number from certificate where state = 'valid'")
    for name in sorted(review.keys() | made.keys(), key=str):
        if review.get(name) != made.get(name):
            yield f"application {name}: review says {review.get(name)}, certificate {made.get(name)}"


def certified_cylinders(system: System) -> Iterator[str]:
    """A certificate covers the live cylinders of its application that were not refused"""
    registered = system.pairs(
        "importer",
        "select s.application_id, count(*) from cylinder c join scope s on s.no = c.scope_no "
        "where c.live and not c.refused group by 1",
    )
    for name, (count,) in system.pairs(
        "certificate", "select application_id, count from certificate where state = 'valid'"
    ).items():
        if registered.get(name) != (count,):
            yield f"application {name}: certificate {count}, importer {registered.get(name)}"


def ended(system: System) -> Iterator[str]:
    """A rejected or withdrawn application holds no identity"""
    query = "select id from application where state in ('rejected', 'withdrawn')"
    over = {str(row[0]) for row in system.rows("review", query)}
    held = "select distinct s.application_id from cylinder c join scope s on s.no = c.scope_no where c.live"
    for (name,) in system.rows("importer", held):
        if str(name) in over:
            yield f"application {name}"


def cylinders(system: System) -> Iterator[str]:
    """Importer and attachments know the same cylinders of each open application"""
    query = (
        "select s.application_id, count(c.id) from scope s left join cylinder c on c.scope_no = s.no {live} "
        "where s.state <> 'released' group by 1"
    )
    counted = system.pairs("importer", query.format(live="and (c.live or c.refused)"))
    known = system.pairs("attachments", query.format(live=""))
    for name in sorted(counted.keys() & known.keys(), key=str):
        if counted[name] != known[name]:
            yield f"application {name}: importer {counted[name]}, attachments {known[name]}"


def files_of_certificates(system: System) -> Iterator[str]:
    """The files of certificates are in the bucket, byte for byte"""
    query = "select pdf_key, pdf_sha256, annex_key, annex_sha256 from certificate where state = 'valid'"
    for row in system.rows("certificate", query):
        for key, sha256 in (row[:2], row[2:]):
            if key and system.digest(str(key)) != sha256:
                yield str(key)


def photos(system: System) -> Iterator[str]:
    """Every usable photo is in the bucket"""
    for (photo_id,) in system.rows("attachments", "select id from photo where state = 'ready'"):
        key = f"attachments/photos/{photo_id}/original.jpg"
        if not system.is_there(key):
            yield key


def workbooks(system: System) -> Iterator[str]:
    """Every workbook of failed rows that is offered is in the bucket"""
    query = "select error_key from import_run where error_key is not null"
    for (key,) in system.rows("importer", query):
        if not system.is_there(str(key)):
            yield str(key)


BETWEEN: tuple[Callable[[System], Iterator[str]], ...] = (
    audit_chains,
    streams,
    certified,
    certified_cylinders,
    ended,
    cylinders,
    files_of_certificates,
    photos,
    workbooks,
)


def broken(system: System) -> Iterator[tuple[str, list[str]]]:
    """Each invariant with what breaks it, which is nothing when it holds."""
    for name, services, query in ROWS:
        yield name, [f"{service}: {row}" for service in services for row in system.rows(service, query)]
    for check in BETWEEN:
        yield str(check.__doc__), list(check(system))


@contextmanager
def opened(stack: Stack) -> Iterator[System]:
    """A running stack as its services see it."""
    with ExitStack() as opening:
        databases: dict[str, Connection] = {}
        for service in SERVICES:
            engine = create_engine(stack.process_env(service)["DATABASE_URL"])
            opening.callback(engine.dispose)
            databases[service] = opening.enter_context(engine.connect())
        yield System(databases, client(stack.s3), stack.s3.bucket)


def look(stack: Stack) -> dict[str, list[str]]:
    """Every invariant of a running stack by its name, with what breaks it."""
    with opened(stack) as system:
        return dict(broken(system))


def main() -> int:
    """Looks at the stack below PINGZHENG_RUN, or the checkout's."""
    found = look(Stack(Path(os.environ.get("PINGZHENG_RUN") or REPOSITORY / ".run")))
    for name, faults in found.items():
        sys.stdout.write(f"{'ok  ' if not faults else 'FAIL'} {name}\n")
        sys.stdout.writelines(f"       {fault}\n" for fault in faults[:SHOWN])
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

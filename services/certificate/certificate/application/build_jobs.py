"""The job that makes the file of a certificate, and the second try of one that failed."""

from __future__ import annotations

import structlog
from sqlalchemy import RowMapping, Text, cast, func, literal, select, text, update

from certificate.adapters.tables import certificate
from chassis.audit import Actor
from chassis.database import Change, Database
from chassis.jobs import NewJob
from chassis.tables import job as job_table

KIND = "build"
AGAIN_AFTER = text("interval '10 minutes'")
AT_ONCE = 100
log = structlog.get_logger("certificate.build")


def new_build(certificate_id: str, unit_id: str) -> NewJob:
    """A job for a worker; of one certificate only one is done at a time."""
    return NewJob(KIND, {"certificate_id": certificate_id}, unit_id, serial_key=f"{KIND}:{certificate_id}")


def note_given_up(database: Database) -> None:
    """A certificate whose job killed its workers has failed for its owner, too, until a later job makes it."""
    columns = certificate.c
    given_up = (job_table.c.id == columns.build_job) & (job_table.c.state == "failed")
    here = (columns.state == "pending") & columns.build_fault.is_(None)
    with database.engine.begin() as connection:
        connection.execute(update(certificate).where(here & given_up).values(build_fault=job_table.c.fault))


def retry_failed(database: Database) -> None:
    """Queues a new job for each certificate whose job failed ten minutes ago: an application never stays in limbo.

    An operator sees the error in the log, with the fault, each time until it is mended.
    """
    with database.changing(Actor(database.service, "service")) as change:
        for row in _failed(change):
            again = new_build(row["id"], row["unit_id"])
            change.session.execute(
                update(certificate).where(certificate.c.no == row["no"]).values(build_job=again.id)
            )
            change.enqueue(again)
            change.note("certificate.build_again", f"certificate:{row['id']}")
            log.error("certificate not built, trying again", certificate=row["id"], fault=row["fault"])


def _failed(change: Change) -> list[RowMapping]:
    job, columns = job_table.c, certificate.c
    fault = func.coalesce(cast(columns.build_fault, Text), cast(job.fault, Text), literal(""))
    query = (
        select(columns.no, columns.id, columns.unit_id, fault.label("fault"))
        .join(job_table, job.id == columns.build_job)
        .where(columns.state == "pending", job.state == "failed", job.finished_at < func.now() - AGAIN_AFTER)
        .order_by(columns.no)
        .limit(AT_ONCE)
        .with_for_update(of=certificate, skip_locked=True)
    )
    return list(change.session.execute(query).mappings())

"""After a submission: both snapshots come, then a job lays out the pages of the photo review."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from chassis import jobs
from chassis.audit import Actor
from chassis.database import Change, Database
from chassis.jobs import ClaimedJob, NewJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.events import Claim, CylindersSnapshotted, PhotosSnapshotted
from review.adapters import page_plan
from review.adapters.tables import review_progress, submission
from review.application import applications, kinds, photo_review, submissions
from review.application.tools import Tools
from review.domain.pages import PagePlan
from review.domain.parameters import Parameters
from review.domain.states import State

KIND = kinds.PAGES
log = structlog.get_logger("review.prepare")


class SnapshotBrokenError(Exception):
    """The object in storage is not the one that was claimed."""


def cylinders_snapshotted(change: Change, event: CylindersSnapshotted) -> None:
    """The frozen cylinders of an attempt."""
    _noted(change, event, "cylinders_snapshot")


def photos_snapshotted(change: Change, event: PhotosSnapshotted) -> None:
    """The frozen photos of an attempt."""
    _noted(change, event, "photos_snapshot")


def _noted(change: Change, event: CylindersSnapshotted | PhotosSnapshotted, column: str) -> None:
    """Keeps the claim; when both are there, the job begins. What is of an earlier attempt is passed over."""
    session = change.session
    row = applications.find(session, event.application_id, lock="update")
    if row is None or (row["state"], row["attempt"]) != (State.SUBMITTED, event.attempt):
        return
    here = submissions.here(event.application_id, event.attempt)
    session.execute(update(submission).where(here).values({column: event.snapshot.model_dump()}))
    mine = submissions.find(session, event.application_id, event.attempt)
    if mine is not None and mine["cylinders_snapshot"] and mine["photos_snapshot"]:
        change.enqueue(_job(event.application_id, event.attempt, row["unit_id"]))


def _job(application_id: str, attempt: int, unit_id: str) -> NewJob:
    payload = {"application_id": application_id, "attempt": attempt}
    return NewJob(KIND, payload, unit_id, f"{KIND}:{application_id}")


def lay_out(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Reads both files and writes the page plan in one transaction; beginning again writes the same."""
    application_id, attempt = job.payload["application_id"], int(job.payload["attempt"])
    with tools.database.reading() as session:
        mine = submissions.find(session, application_id, attempt)
    if mine is None:
        raise LookupError(f"no submission {attempt} of {application_id}")
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        cylinders = _fetched(tools, mine["cylinders_snapshot"], Path(folder) / "cylinders.parquet", keeper)
        photos = _fetched(tools, mine["photos_snapshot"], Path(folder) / "photos.parquet", keeper)
        with tools.database.changing(job.actor) as change:
            if _is_wanted(change.session, application_id, attempt):
                counts = page_plan.write(
                    change.session, application_id, attempt, page_plan.Files(cylinders, photos), keeper.check
                )
                # Locked only now, so that whoever moves the application need not wait for the whole plan.
                if _is_current(change, application_id, attempt):
                    _prepared(change, application_id, attempt, counts, tools.parameters(mine["created_at"]))
                else:
                    change.session.rollback()  # it was moved meanwhile: nothing of the plan stays
            jobs.finish(change.session, job)


def _fetched(tools: Tools, claim: Any, path: Path, keeper: Keeper) -> Path:
    """The claimed file, proved by its SHA-256."""
    wanted = Claim.model_validate(claim)
    if patiently(lambda: tools.storage.get_file(wanted.key, path), keeper) != wanted.sha256:
        raise SnapshotBrokenError(wanted.key)
    return path


def _is_wanted(session: Session, application_id: str, attempt: int) -> bool:
    """Whether the pages of this attempt are still to be laid out: verdicts are counted from then on."""
    row = applications.require(session, application_id)
    if (row["state"], row["attempt"]) != (State.SUBMITTED, attempt):
        return False
    laid_out = select(review_progress.c.attempt).where(photo_review.here(review_progress, row))
    return session.execute(laid_out).scalar() is None


def _is_current(change: Change, application_id: str, attempt: int) -> bool:
    row = applications.require(change.session, application_id, lock="share")
    return (row["state"], row["attempt"]) == (State.SUBMITTED, attempt)


def _prepared(
    change: Change, application_id: str, attempt: int, counts: page_plan.Counts, parameters: Parameters
) -> None:
    size = parameters.review_page_size
    change.session.execute(
        insert(review_progress).values(
            application_id=application_id,
            attempt=attempt,
            page_size=size,
            cylinders=counts.cylinders,
            photos=counts.photos,
            pages=PagePlan(counts.cylinders, size).pages,
        )
    )
    change.note("review.prepared", f"application:{application_id}", attempt=attempt, **counts._asdict())


_FAILED = text("""
select a.id, a.attempt, a.unit_id from application a
join submission s on s.application_id = a.id and s.attempt = a.attempt
where a.state = 'submitted' and s.cylinders_snapshot is not null and s.photos_snapshot is not null
  and not exists (select from review_progress p where p.application_id = a.id and p.attempt = a.attempt)
  and not exists (
    select from job j where j.kind = :kind and j.serial_key = :kind || ':' || a.id
      and (j.state in ('queued', 'running') or j.finished_at > now() - interval '1 minute'))
order by a.seq limit 20 for update of a skip locked
""")


def lay_out_failed(database: Database) -> None:
    """What the clock does: a job that failed for good a minute ago is queued again, so that no review waits for ever.

    An operator sees the error in the log each time until it is mended.
    """
    with database.changing(Actor(database.service, "service")) as change:
        for application_id, attempt, unit_id in change.session.execute(_FAILED, {"kind": KIND}).all():
            change.enqueue(_job(application_id, attempt, unit_id))
            change.note("review.prepared_again", f"application:{application_id}", attempt=attempt)
            log.error("pages not laid out, trying again", application=application_id)

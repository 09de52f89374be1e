"""After a submission: both snapshots come, then a job lays out the pages of the photo review."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob, NewJob
from chassis.worker import Keeper
from contracts.events import Claim, CylindersSnapshotted, PhotosSnapshotted
from review.adapters import page_plan
from review.adapters.tables import review_progress, submission
from review.application import applications, submissions
from review.application.tools import Tools
from review.domain.pages import PagePlan
from review.domain.states import State

KIND = "pages"


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
        payload = {"application_id": event.application_id, "attempt": event.attempt}
        change.enqueue(NewJob(KIND, payload, row["unit_id"], f"{KIND}:{event.application_id}"))


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
            if _is_current(change, application_id, attempt):
                counts = page_plan.write(
                    change.session, application_id, attempt, page_plan.Files(cylinders, photos), keeper.check
                )
                _prepared(change, application_id, attempt, counts, tools)
            jobs.finish(change.session, job)


def _fetched(tools: Tools, claim: Any, path: Path, keeper: Keeper) -> Path:
    """The claimed file, proved by its SHA-256; a storage that is away for a moment is tried again."""
    wanted = Claim.model_validate(claim)
    if tools.storage.get_file(wanted.key, path) == wanted.sha256:
        return path
    keeper.check()
    time.sleep(1)  # an object that is being replaced by the same one
    if tools.storage.get_file(wanted.key, path) != wanted.sha256:
        raise SnapshotBrokenError(wanted.key)
    return path


def _is_current(change: Change, application_id: str, attempt: int) -> bool:
    row = applications.require(change.session, application_id, lock="share")
    return (row["state"], row["attempt"]) == (State.SUBMITTED, attempt)


def _prepared(
    change: Change, application_id: str, attempt: int, counts: page_plan.Counts, tools: Tools
) -> None:
    size = tools.parameters().review_page_size
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

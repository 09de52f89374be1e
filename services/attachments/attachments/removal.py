"""Objects that nobody needs any more are removed by a job, after the change that let go of them is committed."""

from __future__ import annotations

from collections.abc import Sequence

from attachments import kinds
from attachments.tools import Tools
from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob, NewJob
from chassis.patience import patiently
from chassis.worker import Keeper

AT_ONCE = 1000


def remove_later(change: Change, unit_id: str, object_keys: Sequence[str]) -> None:
    """Leaves the removal to jobs of a thousand objects each."""
    for start in range(0, len(object_keys), AT_ONCE):
        change.enqueue(NewJob(kinds.REMOVE, {"keys": list(object_keys[start : start + AT_ONCE])}, unit_id))


def remove(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """The job; what is gone already is no fault."""
    for key in job.payload["keys"]:
        patiently(lambda key=key: tools.storage.remove(key), keeper)  # type: ignore[misc]  # mypy cannot infer it
    with tools.database.changing(job.actor) as change:
        jobs.finish(change.session, job)

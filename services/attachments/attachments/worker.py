"""The worker process: photos, some at a time, and beside them the jobs that must not wait for photos."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from attachments import (
    cylinders_job,
    document_job,
    kinds,
    photo_job,
    removal,
    snapshot_job,
)
from attachments.settings import AttachmentsSettings
from attachments.tools import Tools, tools_of
from chassis import health, logs, tracing
from chassis.database import Database
from chassis.jobs import ClaimedJob
from chassis.pool import size_for
from chassis.worker import Keeper, Work, Worker

STATEMENT_MS = 900_000
"""The longest statement: a million cylinders of one application, whose COPY a call's time-out would end."""

Job = Callable[[ClaimedJob, Keeper, Tools], None]
PHOTOS: Mapping[str, Job] = {kinds.PHOTO: photo_job.check_photo}
OTHERS: Mapping[str, Job] = {
    kinds.CYLINDERS: cylinders_job.apply_cylinders,
    kinds.DOCUMENT: document_job.check_document,
    kinds.REMOVE: removal.remove,
    kinds.SNAPSHOT: snapshot_job.snapshot,
}


def with_tools(jobs: Mapping[str, Job], tools: Tools) -> dict[str, Work]:
    """The jobs as a worker takes them."""

    def bound(do: Job) -> Work:
        return lambda job, keeper: do(job, keeper, tools)

    return {kind: bound(do) for kind, do in jobs.items()}


def main() -> None:
    """Works until a signal stops it."""
    settings = AttachmentsSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    kinds = [*[PHOTOS] * settings.photo_threads, OTHERS]
    database = Database(
        settings.database_url.get_secret_value(),
        settings.service,
        pool_size=size_for(len(kinds)),
        statement_ms=STATEMENT_MS,
    )
    tools = tools_of(settings, database)
    amqp_url = settings.amqp_url.get_secret_value()
    first, *beside = (Worker(database, amqp_url, with_tools(jobs, tools)) for jobs in kinds)
    threads = [threading.Thread(target=one.work, name=f"jobs-{at}") for at, one in enumerate(beside)]
    health.serve(settings.health_port, {"database": database.ping})
    for thread in threads:
        thread.start()
    first.run()
    for one in beside:
        one.stop()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()

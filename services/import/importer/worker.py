"""The worker process: imports one after the other, and beside them the small jobs that must not wait for one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from chassis import health, logs, tracing
from chassis.database import Database
from chassis.jobs import ClaimedJob
from chassis.worker import Keeper, Work, Worker
from importer.application import (
    announce,
    cylinder_lists,
    error_workbooks,
    kinds,
    refuse,
    release,
    run_import,
    snapshot,
)
from importer.application.tools import Tools, tools_of
from importer.settings import ImporterSettings

STATEMENT_MS = 900_000
"""The longest statement of an import; the time-out that protects a call would end a COPY (design.md section 3)."""

Job = Callable[[ClaimedJob, Keeper, Tools], None]
IMPORTS: Mapping[str, Job] = {kinds.IMPORT: run_import.run_import}
SMALL: Mapping[str, Job] = {
    kinds.ERROR_WORKBOOK: error_workbooks.write,
    kinds.ANNOUNCE: announce.announce,
    kinds.RELEASE: release.release,
    kinds.REFUSE: refuse.refuse,
    kinds.SNAPSHOT: snapshot.snapshot,
    kinds.LIST: cylinder_lists.write,
}


def with_tools(jobs: Mapping[str, Job], tools: Tools) -> dict[str, Work]:
    """The jobs as a worker takes them."""

    def bound(do: Job) -> Work:
        return lambda job, keeper: do(job, keeper, tools)

    return {kind: bound(do) for kind, do in jobs.items()}


def main() -> None:
    """Works until a signal stops it."""
    settings = ImporterSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service, statement_ms=STATEMENT_MS)
    tools = tools_of(settings, database)
    amqp_url = settings.amqp_url.get_secret_value()
    imports, small = (Worker(database, amqp_url, with_tools(jobs, tools)) for jobs in (IMPORTS, SMALL))
    beside = threading.Thread(target=small.work, name="small-jobs")
    health.serve(settings.health_port, {"database": database.ping})
    beside.start()
    imports.run()
    small.stop()
    beside.join()


if __name__ == "__main__":
    main()

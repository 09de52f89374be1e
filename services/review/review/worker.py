"""The worker process: lays out the pages of photo reviews."""

from __future__ import annotations

from chassis import health, logs, tracing
from chassis.database import Database
from chassis.worker import Work, Worker
from review.application import prepare
from review.application.tools import Tools
from review.processes import tools_of
from review.settings import ReviewSettings

STATEMENT_MS = 900_000
"""The longest statement: the COPY of a large batch (design.md section 3)."""


def kinds_of(tools: Tools) -> dict[str, Work]:
    """The jobs as a worker takes them."""
    return {prepare.KIND: lambda job, keeper: prepare.lay_out(job, keeper, tools)}


def main() -> None:
    """Works until a signal stops it."""
    settings = ReviewSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service, statement_ms=STATEMENT_MS)
    health.serve(settings.health_port, {"database": database.ping})
    kinds = kinds_of(tools_of(settings, database))
    Worker(database, settings.amqp_url.get_secret_value(), kinds).run()


if __name__ == "__main__":
    main()

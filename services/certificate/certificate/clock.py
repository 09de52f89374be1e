"""The clock of the certificate service: what failed is tried again, old checks are forgotten."""

from __future__ import annotations

from certificate.application import build_jobs, checks
from certificate.settings import CertificateSettings
from chassis import health, logs, tracing
from chassis.clock import Action, Clock, chassis_actions
from chassis.database import Database
from chassis.storage import Storage


def actions(storage: Storage) -> list[Action]:
    """What this clock does beside what each service's does; times in seconds."""
    return [
        Action("given up", 10, build_jobs.note_given_up),
        Action("build again", 60, build_jobs.retry_failed),
        Action("give up checks", 60, checks.give_up),
        Action("forget checks", 60, lambda database: checks.forget(database, storage)),
    ]


def main() -> None:
    """Works until a signal stops it."""
    settings = CertificateSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service)
    health.serve(settings.health_port, {"database": database.ping})
    Clock(database, [*chassis_actions(), *actions(Storage(settings))]).run()


if __name__ == "__main__":
    main()

"""The worker of the probe: its job is done as soon as it is begun."""

from chassis import health, jobs, logs, tracing
from chassis.database import Database
from chassis.jobs import ClaimedJob
from chassis.settings import Settings
from chassis.worker import Keeper, Worker

settings = Settings()
database = Database(settings.database_url.get_secret_value(), settings.service)


def look(job: ClaimedJob, _: Keeper) -> None:
    with database.changing(job.actor) as change:
        jobs.finish(change.session, job)


if __name__ == "__main__":
    logs.configure(settings.process)
    tracing.start(settings)
    health.serve(settings.health_port, {"database": database.ping})
    Worker(database, settings.amqp_url.get_secret_value(), {"look": look}).run()

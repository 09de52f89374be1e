"""A worker whose only job never looks whether it should stop."""

import time

from chassis import logs, worker
from chassis.database import Database
from chassis.jobs import ClaimedJob
from chassis.settings import Settings
from chassis.worker import Keeper, Worker


def deaf(_: ClaimedJob, __: Keeper) -> None:
    time.sleep(600)


if __name__ == "__main__":
    settings = Settings()
    logs.configure("deaf-worker")
    worker.DRAIN_S = 1.0
    database = Database(settings.database_url.get_secret_value(), "identity")
    Worker(database, settings.amqp_url.get_secret_value(), {"tally": deaf}).run()

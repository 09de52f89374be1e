"""A job may last longer than the broker's consumer time-out: while it runs no message is unacknowledged.

The broker closes the channel of a consumer that owes it an acknowledgement for too long (half an hour), and delivers
the message again; a lost connection has the same effect at once, and is what is tried here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from kombu.connection import Connection
from sqlalchemy import select
from tests.fixtures.processes import until
from tests.fixtures.wire import Wire

from chassis.audit import Actor
from chassis.database import Database
from chassis.jobs import ClaimedJob, NewJob, finish
from chassis.outbox import wake_up_queue
from chassis.settings import Settings
from chassis.tables import job as job_table
from chassis.worker import Keeper, Worker

QUEUE = wake_up_queue("identity", "tally")


@pytest.fixture
def broker(settings: Settings) -> Iterator[Connection]:
    """The test's own way, which stays whole."""
    url = settings.amqp_url.get_secret_value()
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        yield connection


def counts(broker: Connection) -> tuple[int, int]:
    """How many wake-ups wait for a worker, and how many workers listen; nobody while there is no queue."""
    channel = broker.channel()
    try:
        found = channel.queue_declare(QUEUE, passive=True)
    except broker.channel_errors:
        return 0, 0
    channel.close()
    return found.message_count, found.consumer_count


def test_the_wake_up_of_a_running_job_is_acknowledged(
    settings: Settings, database: Database, wire: Wire, broker: Connection
) -> None:
    begun, may_end, done = threading.Event(), threading.Event(), list[int]()

    def long(job: ClaimedJob, _: Keeper) -> None:
        begun.set()
        assert may_end.wait(30)
        done.append(job.attempt)
        with database.changing(job.actor) as change:
            finish(change.session, job)

    url = settings.amqp_url.get_secret_value().replace(f":{wire.to[1]}/", f":{wire.port}/")
    worker = Worker(database, url, {"tally": long})
    thread = threading.Thread(target=worker.work)
    thread.start()
    try:
        until(lambda: counts(broker) == (0, 1))
        with database.changing(Actor("a-1", "unit")) as change:
            change.enqueue(NewJob("tally", {}))
        broker.Producer().publish({}, routing_key=QUEUE, mandatory=True)
        assert begun.wait(30)
        until(lambda: counts(broker) == (0, 1))  # the worker has the message
        wire.cut()
        until(lambda: counts(broker)[1] == 0)
        assert counts(broker) == (0, 0), "a message came back: it was not acknowledged"
        wire.mend()
        until(lambda: counts(broker) == (0, 1))
        may_end.set()
        until(lambda: states(database) == ["done"])
        assert done == [1]
    finally:
        may_end.set()
        worker.stop()
        thread.join(10)


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.execute(select(job_table.c.state)).scalars())

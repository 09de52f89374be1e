"""What the broker delivers to a service process: garbage, doubles, and the wrong order."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from chassis_probe.service import counter
from kombu.connection import Connection
from kombu.messaging import Producer
from sqlalchemy import select
from tests.fixtures.processes import until

from chassis import bus
from chassis.database import Database
from chassis.parked import DeadLetters
from chassis.settings import Settings

QUEUE = bus.event_queue_name("identity", "probe", "identity")


@pytest.fixture
def producer(service: object, settings: Settings) -> Iterator[Producer]:
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        yield Producer(connection.default_channel)


def send(producer: Producer, sequence: Any, body: Any = '{"application_id": "a", "name": "a"}') -> None:
    headers = {"type": "probe.counted", "aggregate_id": "probe:a", "sequence": sequence}
    headers |= {"actor_id": "a-1", "actor_role": "unit", "request_id": f"r-{sequence}"}
    options = {"content_type": "application/json", "content_encoding": "utf-8"}
    producer.publish(body, routing_key=QUEUE, headers=headers, message_id=uuid.uuid4().hex, **options)


def heard(database: Database) -> int:
    with database.reading() as session:
        query = select(counter.c.value).where(counter.c.name == "heard a")
        return int(session.execute(query).scalar() or 0)


def parked(settings: Settings) -> list[str]:
    return [letter.error for letter in DeadLetters(settings.amqp_url.get_secret_value(), [QUEUE]).list()]


def test_reordered_and_doubled_deliveries_take_effect_once_each(
    producer: Producer, database: Database
) -> None:
    for sequence in (3, 3, 2, 5, 1, 1, 4, 2, 5):
        send(producer, sequence)
    until(lambda: heard(database) == 5)
    send(producer, 6)
    until(lambda: heard(database) == 6)


def test_what_cannot_be_parsed_is_parked_at_once_and_the_service_goes_on(
    producer: Producer, database: Database, settings: Settings
) -> None:
    send(producer, 1, "{no json")
    send(producer, "first")
    send(producer, 1, '{"no": "event"}')
    until(lambda: len(parked(settings)) == 3, 4)  # the first pause before another try is five seconds
    assert sum("MalformedEventError" in error for error in parked(settings)) == 2
    send(producer, 1)
    until(lambda: heard(database) == 1)

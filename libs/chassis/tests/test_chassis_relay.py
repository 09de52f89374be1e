"""Two relays at once do no harm, and a relay outlives cut connections to the database and to the broker."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from chassis_probe.service import Counted
from kombu.connection import Connection
from kombu.entity import Queue
from sqlalchemy import text
from tests.fixtures.processes import until
from tests.fixtures.wire import Wire, wire_to

from chassis import bus, relay
from chassis.audit import Actor
from chassis.database import Database
from chassis.relay import Relay
from chassis.settings import Settings

Take = Callable[[], Counter[str]]


@pytest.fixture
def arrived(settings: Settings) -> Iterator[Take]:
    """Takes what came to a queue of the probe's events; how often each so far, by the event's name."""
    counted: Counter[str] = Counter()
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        queue = Queue("seen", bus.event_exchange("identity"), "probe.*", channel=connection.channel())
        queue.declare()

        def take() -> Counter[str]:
            while (message := queue.get(no_ack=True)) is not None:
                counted[message.payload["name"]] += 1
            return counted

        yield take


@contextmanager
def running(database_url: str, amqp_url: str) -> Iterator[Relay]:
    made = Relay(database_url, amqp_url)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(20)
    assert not thread.is_alive()


def emit(database: Database, names: list[str]) -> None:
    with database.changing(Actor("a-1", "unit")) as change:
        for name in names:
            change.emit(Counted(application_id=name, name=name))


def unsent(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from outbox where sent_at is null")).scalar_one())


def over(url: str, port: int) -> str:
    """The same server through a wire."""
    return url.replace(f":{urlsplit(url).port}/", f":{port}/")


def test_two_relays_send_each_event_once(settings: Settings, database: Database, arrived: Take) -> None:
    names = [f"n{number}" for number in range(400)]
    urls = settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value()
    with running(*urls), running(*urls):
        for at in range(0, len(names), 50):
            emit(database, names[at : at + 50])
        until(lambda: unsent(database) == 0)
    until(lambda: len(arrived()) == len(names))
    assert set(arrived().values()) == {1}


@pytest.mark.parametrize("server", ["database", "broker"])
def test_a_relay_goes_on_after_its_connection_was_cut(
    settings: Settings, database: Database, arrived: Take, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = {
        "database": settings.database_url.get_secret_value(),
        "broker": settings.amqp_url.get_secret_value(),
    }
    parts = urlsplit(direct[server])
    names = [f"n{number}" for number in range(500)]
    with wire_to(str(parts.hostname), int(parts.port or 0)) as wire:
        cut = _cut_in_the_third_batch(wire, monkeypatch)
        urls = {**direct, server: over(direct[server], wire.port)}
        with running(urls["database"], urls["broker"]):
            emit(database, names)
            assert cut.wait(30)
            assert unsent(database) > 0
            wire.mend()
            until(lambda: unsent(database) == 0)
            until(lambda: len(arrived()) == len(names))


def _cut_in_the_third_batch(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What was confirmed is not yet noted as sent then."""
    cut = threading.Event()
    publish = relay.Publisher.publish
    batches = itertools.count(1)

    def published(self: relay.Publisher, rows: list[Mapping[str, Any]]) -> dict[int, str]:
        faults = publish(self, rows)
        if next(batches) == 3:
            wire.cut()
            cut.set()
        return faults

    monkeypatch.setattr(relay, "BATCH", 50)
    monkeypatch.setattr(relay.Publisher, "publish", published)
    return cut

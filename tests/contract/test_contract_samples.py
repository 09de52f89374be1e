"""Each consumer of an event takes its sample, on its own database, as the broker would bring it."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from tests.fixtures.servers import ServiceEnvironment

from chassis.database import Database
from chassis.handlers import Handlers, Tools
from chassis.tables import inbox
from chassis.tokens import Verifier
from contracts.event import Event
from contracts.events import EVENTS
from contracts.schemas import FOLDER, file_of
from local_stack.processes import SERVICES

CONSUMERS = sorted({consumer for event in EVENTS for consumer in event.consumers})


def headers_of(event: type[Event], fact: Event) -> dict[str, Any]:
    actor = {"actor_id": "a-1", "actor_role": "bureau", "request_id": "r-1"}
    return {"type": event.type, "aggregate_id": f"{event.type}:sample", "sequence": 1, **actor}


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_a_consumer_takes_the_sample_of_every_event_it_is_named_for(
    migrated: ServiceEnvironment, consumer: str
) -> None:
    environment = migrated(consumer)
    database = Database(environment["DATABASE_URL"], consumer)
    peers = MagicMock()
    peers.database = database
    handlers: Handlers = importlib.import_module(f"{consumer}.service").handlers_of(peers)
    tools = Tools(database, Verifier(Path(environment["PUBLIC_KEYS_DIR"])))
    taken = [event for event in EVENTS if consumer in event.consumers]
    for event in taken:
        body = json.loads((FOLDER / "samples" / file_of(event)).read_text())
        handlers.take(event.source, body, headers_of(event, event.model_validate(body)), tools)
    with database.reading() as session:
        assert session.query(inbox).filter(inbox.c.last == 1).count() == len(taken)
    database.engine.dispose()


def test_every_consumer_is_a_service() -> None:
    assert set(CONSUMERS) <= set(SERVICES)

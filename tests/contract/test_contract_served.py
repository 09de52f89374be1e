"""What the contracts declare and what the services serve are the same."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any
from unittest.mock import MagicMock

import pytest

from chassis.handlers import Handlers
from contracts.call import Call, calls_of
from contracts.event import Event
from contracts.events import EVENTS
from local_stack.processes import SERVICES

CONSUMED = [(event, consumer) for event in EVENTS for consumer in event.consumers]


@cache
def handlers_of(service: str) -> Handlers:
    """The service's own table of methods; nothing is called, so the tools need not work."""
    importlib.import_module(f"contracts.{service}")
    made: Handlers = importlib.import_module(f"{service}.service").handlers_of(MagicMock())
    return made


def declared(service: str) -> dict[str, type[Call[Any]]]:
    """The calls of the contract by method; tests elsewhere declare calls of their own."""
    importlib.import_module(f"contracts.{service}")
    return {call.method(): call for call in calls_of(service) if call.__module__ == f"contracts.{service}"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_declared_call_is_served_and_nothing_else(service: str) -> None:
    assert declared(service)
    assert handlers_of(service).calls == declared(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_served_call_has_its_handler_of_the_right_kind(service: str) -> None:
    handlers = handlers_of(service)
    changes = {method for method, call in handlers.calls.items() if call.kind == "change"}
    assert set(handlers._changes) == changes
    assert set(handlers._queries) == set(handlers.calls) - changes


@pytest.mark.parametrize(
    ("event", "consumer"), CONSUMED, ids=[f"{event.type}-{consumer}" for event, consumer in CONSUMED]
)
def test_whoever_is_to_consume_an_event_listens_to_its_stream(event: type[Event], consumer: str) -> None:
    assert (event.source, event.type.partition(".")[0]) in handlers_of(consumer).streams()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_to_nothing_that_does_not_name_it(service: str) -> None:
    named = {(event.source, event.type.partition(".")[0]) for event in EVENTS if service in event.consumers}
    assert handlers_of(service).streams() == named


def test_somebody_reacts_to_every_event_that_has_consumers() -> None:
    reacting = {type_ for service in SERVICES for type_ in handlers_of(service)._reactions}
    unheard = {event.type for event in EVENTS if event.consumers} - reacting
    assert unheard <= {"application.examined", "application.approved"}, "these two only number the stream"

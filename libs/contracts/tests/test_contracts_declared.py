"""What all declared calls and events must hold to."""

from collections.abc import Hashable
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts import attachments, certificate, identity, importer, review
from contracts.call import ACCOUNTS, Call, calls_of
from contracts.event import Event
from contracts.events import EVENTS, ApplicationEvent, Claim, CylindersChanged

SERVICES = {"identity", "importer", "attachments", "review", "certificate"}
CALLERS = ACCOUNTS | SERVICES | {"gateway"}


def declared() -> list[type[Call[Any]]]:
    """Those of the contracts; tests elsewhere declare calls of their own."""
    modules = {module.__name__ for module in (attachments, certificate, identity, importer, review)}
    calls = [call for service in SERVICES for call in calls_of(service) if call.__module__ in modules]
    return sorted(calls, key=lambda call: (call.service, call.__name__))


@pytest.mark.parametrize("call", declared(), ids=lambda call: call.__name__)
def test_a_call_names_known_callers_and_a_reply_and_has_a_deadline(call: type[Call[Any]]) -> None:
    assert call.callers
    assert call.callers <= CALLERS
    assert call.reply_type()
    assert 0 < call.timeout <= 30
    assert call.__doc__


def parts(kind: Any, seen: set[Any]) -> set[Any]:
    """All types that a message is made of, through containers and messages inside it."""
    if kind in seen:
        return seen
    seen.add(kind)
    inside = list(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        inside += [field.annotation for field in kind.model_fields.values()]
    for part in inside:
        if isinstance(part, Hashable):
            parts(part, seen)
    return seen


@pytest.mark.parametrize("message", [*declared(), *EVENTS], ids=lambda message: message.__name__)
def test_no_call_or_event_carries_a_file(message: Any) -> None:
    kinds = parts(message, set())
    if issubclass(message, Call):
        kinds |= parts(message.reply_type(), set())
    assert not kinds & {bytes, bytearray, memoryview}


def subclasses(event: type[Event]) -> set[type[Event]]:
    return {event}.union(*(subclasses(child) for child in event.__subclasses__()))


def test_every_event_class_is_in_the_registry() -> None:
    declared_events = {e for e in subclasses(Event) if e.__module__ == "contracts.events"} - {
        ApplicationEvent
    }
    assert declared_events == set(EVENTS)
    assert len({event.type for event in EVENTS}) == len(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_comes_from_a_service_and_names_other_services_that_consume_it(event: type[Event]) -> None:
    assert event.source in SERVICES
    assert set(event.consumers) <= SERVICES - {event.source}


def test_all_events_of_a_stream_go_to_the_same_consumers_so_that_no_number_is_missing() -> None:
    by_stream: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for event in EVENTS:
        by_stream.setdefault((event.source, event.type.partition(".")[0]), set()).add(event.consumers)
    assert all(len(consumers) == 1 for consumers in by_stream.values())


def test_an_event_says_the_same_after_its_way_as_json() -> None:
    claim = Claim(key="snapshots/1.parquet", sha256="0" * 64)
    event = CylindersChanged(application_id="a-1", version=2, count=200, cylinders=claim)
    assert CylindersChanged.model_validate_json(event.model_dump_json()) == event

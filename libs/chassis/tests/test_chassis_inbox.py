"""Events take effect once and in the order of their stream, however they are delivered."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from chassis import context
from chassis.database import Change, Database
from chassis.handlers import Handlers, Headers, Tools
from chassis.inbox import MalformedEventError
from chassis.tables import inbox, inbox_waiting
from chassis.tokens import Verifier
from contracts.events import ApplicationEvent, ApplicationExamined

STREAM = "application:a-1"


@pytest.fixture
def database(probe: dict[str, str]) -> Iterator[Database]:
    made = Database(probe["DATABASE_URL"], "importer")
    yield made
    made.engine.dispose()


@pytest.fixture
def tools(database: Database, probe: dict[str, str]) -> Tools:
    return Tools(database, Verifier(Path(probe["PUBLIC_KEYS_DIR"])))


class Listener:
    """A service that writes down in which order it was told what, and breaks down when it is asked to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.broken: set[str] = set()
        self.handlers = Handlers("importer")
        self.handlers.event(ApplicationExamined)(self._hear)

    def _hear(self, change: Change, event: ApplicationEvent) -> None:
        if event.unit_id in self.broken:
            raise RuntimeError(event.unit_id)
        change.session.execute(text("select pg_sleep(0.002)"))
        self.heard.append(event.unit_id)

    def take(self, number: int, tools: Tools) -> None:
        headers: dict[str, Any] = {"aggregate_id": STREAM, "sequence": number, "type": "application.examined"}
        headers |= {"actor_id": "a-1", "actor_role": "bureau", "request_id": f"r-{number}"}
        self.handlers.take("review", {"application_id": "a-1", "unit_id": str(number)}, headers, tools)


def state(database: Database) -> tuple[int, int]:
    """The last event that was taken, and how many wait."""
    with database.reading() as session:
        last = session.execute(select(inbox.c.last)).scalar_one()
        return last, session.execute(select(func.count()).select_from(inbox_waiting)).scalar_one()


def test_an_early_event_waits_for_its_predecessor_and_a_late_one_is_dropped(
    database: Database, tools: Tools
) -> None:
    listener = Listener()
    for number in (1, 1, 4, 3):
        listener.take(number, tools)
    assert listener.heard == ["1"]
    assert state(database) == (1, 2)
    listener.take(2, tools)
    assert listener.heard == ["1", "2", "3", "4"]
    for number in (2, 3, 4):
        listener.take(number, tools)
    assert listener.heard == ["1", "2", "3", "4"]
    assert state(database) == (4, 0)


def test_many_workers_at_once_take_a_shuffled_stream_in_order(database: Database, tools: Tools) -> None:
    listener = Listener()
    numbers = [*range(1, 121), *range(20, 60)]
    random.Random(7).shuffle(numbers)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: listener.take(number, tools), numbers))
    assert listener.heard == [str(number) for number in range(1, 121)]
    assert state(database) == (120, 0)


def test_a_reaction_that_fails_is_tried_again_and_loses_nothing(database: Database, tools: Tools) -> None:
    listener = Listener()
    listener.broken = {"2"}
    listener.take(2, tools)
    with pytest.raises(RuntimeError):
        listener.take(1, tools)
    listener.take(3, tools)
    assert listener.heard == ["1"]
    assert state(database) == (1, 2)
    listener.broken = set()
    listener.take(1, tools)  # the broker delivers again what was not acknowledged
    assert listener.heard == ["1", "2", "3"]
    assert state(database) == (3, 0)


def test_what_travels_with_a_call_or_event_ends_with_it(database: Database, tools: Tools) -> None:
    before = context.deadline.get(), context.request_id.get(), context.operation.get()
    listener = Listener()
    listener.take(1, tools)
    overdue = Headers(token="", request_id="r-1", deadline_ms=1, key="k-1")
    assert listener.handlers.answer("count", {}, overdue, tools)["error"]["code"] == "UPSTREAM_TIMEOUT"
    assert (context.deadline.get(), context.request_id.get(), context.operation.get()) == before


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"application_id": "a-1"}, {}),
        ({"application_id": "a-1"}, {"sequence": "first"}),
        ({"no": "application"}, {"sequence": 1}),
    ],
)
def test_what_is_no_event_is_told_apart_from_a_reaction_that_failed(
    tools: Tools, body: dict[str, Any], headers: dict[str, Any]
) -> None:
    whole: dict[str, Any] = {"aggregate_id": STREAM, "type": "application.examined"}
    whole |= {"actor_id": "a-1", "actor_role": "bureau", "request_id": "r-1"}
    with pytest.raises(MalformedEventError):
        Listener().handlers.take("review", body, {**whole, **headers}, tools)

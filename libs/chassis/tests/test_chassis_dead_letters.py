"""Dead letters are seen without personal data, given back once, or thrown away, and each time somebody is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.messaging import Producer
from sqlalchemy import select
from tests.fixtures.processes import until

from chassis import bus, parked
from chassis.audit import Actor
from chassis.database import Database
from chassis.dead_letter_calls import register
from chassis.deadletters import run
from chassis.handlers import Handlers, Headers, Tools
from chassis.parked import DeadLetters, event_queues_of
from chassis.tables import audit_entry
from chassis.tokens import Caller, Verifier

QUEUE = "evt-review-application--importer"
OPERATOR = Actor("operator:demo", "operator")


@pytest.fixture
def database(probe: dict[str, str]) -> Iterator[Database]:
    made = Database(probe["DATABASE_URL"], "importer")
    yield made
    made.engine.dispose()


@pytest.fixture
def connection(probe: dict[str, str]) -> Iterator[Connection]:
    with Connection(probe["AMQP_URL"], transport_options={"confirm_publish": True}) as made:
        for queue in (bus.event_queue("review", "application", "importer"), *bus.side_queues(QUEUE)):
            queue(made.default_channel).declare()
        yield made


@pytest.fixture
def letters(probe: dict[str, str]) -> DeadLetters:
    return DeadLetters(probe["AMQP_URL"], event_queues_of("importer"))


def park(connection: Connection, letter_id: str, body: str = '{"application_id": "a-1"}') -> None:
    headers = {"type": "application.opened", "aggregate_id": "application:a-1", "sequence": 3}
    headers |= {"x-attempt": 5, "x-error": "ValueError: 13900001111", "x-first-seen": 1}
    Producer(connection.default_channel).publish(
        body,
        routing_key=f"{QUEUE}.parked",
        headers=headers,
        message_id=letter_id,
        content_type="application/json",
        content_encoding="utf-8",
    )


def counts(connection: Connection) -> tuple[int, int]:
    """Messages in the event queue and in its parking place."""
    channel = connection.default_channel
    names = (QUEUE, f"{QUEUE}.parked")
    first, second = (channel.queue_declare(name, passive=True).message_count for name in names)
    return first, second


def settles_at(connection: Connection, expected: tuple[int, int]) -> None:
    """What was only looked at is back in its queue a moment after the channel is closed."""
    until(lambda: counts(connection) == expected, 5)


def audited(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        columns = audit_entry.c
        rows = session.execute(
            select(columns.action, columns.subject, columns.actor_id).order_by(columns.seq)
        )
        return [(row.action, row.subject, row.actor_id) for row in rows]


def test_every_queue_of_the_registry_is_looked_at() -> None:
    assert QUEUE in event_queues_of("importer")
    assert event_queues_of("identity") == []


def test_looking_takes_nothing_and_shows_no_personal_data(
    connection: Connection, letters: DeadLetters, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    park(
        connection,
        "m-1",
        '{"unit": {"phone": "电话13900001111", "password": "p", "id": "110101190001011234"}}',
    )
    park(connection, "m-2", "{no json")
    for _ in range(2):
        assert [letter.id for letter in letters.list()] == ["m-1", "m-2"]
    assert run(letters, database, OPERATOR, ["list"]) == 0
    assert run(letters, database, OPERATOR, ["show", "m-1"]) == 0
    assert run(letters, database, OPERATOR, ["show", "m-3"]) == 1
    told = capsys.readouterr().out
    assert "139****1111" in told
    assert "[hidden]" in told
    assert not any(secret in told for secret in ("13900001111", "110101190001011234"))
    shown = letters.find("m-1")
    assert shown is not None
    assert (shown.type, shown.sequence, shown.attempts) == ("application.opened", 3, 5)
    settles_at(connection, (0, 2))
    assert audited(database) == []


def test_a_replay_gives_the_letter_back_as_it_was_and_names_who_did_it(
    connection: Connection, letters: DeadLetters, database: Database
) -> None:
    park(connection, "m-1")
    park(connection, "m-2")
    assert run(letters, database, OPERATOR, ["replay", "m-2"]) == 0
    settles_at(connection, (1, 1))
    message = connection.default_channel.basic_get(QUEUE, no_ack=True)
    assert (message.properties["message_id"], json.loads(message.body)) == ("m-2", {"application_id": "a-1"})
    assert message.headers["sequence"] == 3
    assert not any(name.startswith("x-attempt") for name in message.headers), "all attempts are its own again"
    assert audited(database) == [("dead_letter.replay", "dead_letter:m-2", "operator:demo")]
    assert run(letters, database, OPERATOR, ["replay", "m-2"]) == 1


def test_dropped_is_gone_and_written_down(
    connection: Connection, letters: DeadLetters, database: Database
) -> None:
    park(connection, "m-1")
    assert run(letters, database, OPERATOR, ["drop", "m-1"]) == 0
    settles_at(connection, (0, 0))
    assert audited(database) == [("dead_letter.drop", "dead_letter:m-1", "operator:demo")]


def test_nothing_happens_to_a_letter_that_nobody_could_write_down(
    connection: Connection, letters: DeadLetters
) -> None:
    def away(_: object) -> None:
        raise ConnectionError("database away")

    park(connection, "m-1")
    for settle in (letters.replay, letters.drop):
        with pytest.raises(ConnectionError):
            settle("m-1", away)
    settles_at(connection, (0, 1))


def test_a_letter_stays_parked_when_its_event_queue_is_not_there(
    connection: Connection, letters: DeadLetters
) -> None:
    park(connection, "m-1")
    connection.default_channel.queue_delete(QUEUE)
    with pytest.raises(parked.NotReplayedError):
        letters.replay("m-1", lambda _: None)
    assert [letter.id for letter in letters.list()] == ["m-1"]


def test_words_that_say_nothing_do_nothing(letters: DeadLetters, database: Database) -> None:
    assert run(letters, database, OPERATOR, ["replay"]) == 2


def test_an_admin_asks_the_service_and_nobody_else_may(
    connection: Connection, letters: DeadLetters, database: Database, probe: dict[str, str]
) -> None:
    park(connection, "m-1")
    handlers = Handlers("importer")
    register(handlers, letters, database)
    roles = {"admin": Caller("d-1", "admin"), "unit": Caller("u-1", "unit", unit_id="x")}

    class Known(Verifier):
        def caller(self, token: str) -> Caller:
            return roles[token]

    tools = Tools(database, Known(Path(probe["PUBLIC_KEYS_DIR"])))

    def ask(method: str, role: str = "admin", key: str = "k-1", **request: object) -> dict[str, Any]:
        headers = Headers.read({"token": role, "idempotency_key": key})
        return handlers.answer(method, request, headers, tools)

    assert ask("list_dead_letters", "unit")["error"]["code"] == "FORBIDDEN"
    assert [each["id"] for each in ask("list_dead_letters")["result"]["items"]] == ["m-1"]
    assert ask("show_dead_letter", id="m-1")["result"]["payload"] == {"application_id": "a-1"}
    assert ask("drop_dead_letter", id="m-2")["error"]["code"] == "NOT_FOUND"
    first = ask("replay_dead_letter", id="m-1")
    assert first["result"]["id"] == "m-1"
    assert ask("replay_dead_letter", id="m-1") == first, "the same key answers the same"
    settles_at(connection, (1, 0))
    assert audited(database) == [("dead_letter.replay", "dead_letter:m-1", "d-1")]

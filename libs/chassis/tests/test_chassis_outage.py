"""A server that is away is told apart from a fault of ours: the caller may ask again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.fixtures.wire import Wire, wire_to
from urllib3.exceptions import MaxRetryError
from urllib3.poolmanager import PoolManager

from chassis.database import Database
from chassis.handlers import Handlers, Headers, Tools
from chassis.outage import is_away
from chassis.tokens import Caller, Verifier
from contracts.call import Call, Nothing


class Ask(Call[Nothing]):
    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})


class Known(Verifier):
    def caller(self, token: str) -> Caller:  # noqa: ARG002  # as the base class has it
        return Caller("review", "service")


@pytest.fixture
def postgres(probe: dict[str, str]) -> Iterator[Wire]:
    parts = urlsplit(probe["DATABASE_URL"])
    with wire_to(str(parts.hostname), int(parts.port or 5432)) as wire:
        yield wire


@pytest.fixture
def database(probe: dict[str, str], postgres: Wire) -> Iterator[Database]:
    url = probe["DATABASE_URL"]
    made = Database(
        url.replace(f":{urlsplit(url).port}/", f":{postgres.port}/"), "identity", statement_ms=300
    )
    yield made
    made.engine.dispose()


def answer(database: Database, probe: dict[str, str], during: Any = None) -> str:
    """The code of the answer to a call that reads, with something happening after its first statement."""
    handlers = Handlers("identity")

    @handlers.query(Ask)
    def ask(_: Ask, __: Caller) -> Nothing:
        with database.reading() as session:
            session.execute(text("select 1"))
            if during:
                during()
            session.execute(text("select 2"))
        return Nothing()

    tools = Tools(database, Known(Path(probe["PUBLIC_KEYS_DIR"])))
    reply = handlers.answer("ask", {}, Headers.read({"token": "t"}), tools)
    return str(reply["error"]["code"]) if "error" in reply else "ok"


def test_a_cut_connection_says_try_again_and_heals_by_itself(
    database: Database, probe: dict[str, str], postgres: Wire
) -> None:
    assert answer(database, probe) == "ok"
    assert answer(database, probe, postgres.cut) == "UPSTREAM_UNAVAILABLE"
    assert answer(database, probe) == "UPSTREAM_UNAVAILABLE"
    postgres.mend()
    assert answer(database, probe) == "ok"


def test_a_server_that_ends_the_session_says_try_again(database: Database, probe: dict[str, str]) -> None:
    def end() -> None:
        with database.engine.connect() as other:
            other.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where usename = current_user and pid <> pg_backend_pid()"
                )
            )

    assert answer(database, probe, end) == "UPSTREAM_UNAVAILABLE"


@pytest.mark.parametrize("statement", ["select pg_sleep(2)", "select 1 / 0", "select * from nowhere"])
def test_a_fault_of_ours_stays_one(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as raised, database.reading() as session:
        session.execute(text(statement))
    assert not is_away(raised.value)
    assert not is_away(ValueError("x"))


def test_storage_that_is_away_is_away() -> None:
    with pytest.raises(MaxRetryError) as raised:
        PoolManager(retries=0).request("GET", "http://127.0.0.1:1/")
    assert is_away(raised.value)

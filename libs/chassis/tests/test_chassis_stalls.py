"""A slow query in one call of a service holds up neither its other calls nor the heartbeats of its connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chassis_probe.service import Echo, Wait
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tests.fixtures.processes import until

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.settings import Settings

SLOW_S = 4.0


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    made = Database(settings.database_url.get_secret_value(), "identity", pool_size=2, statement_ms=300)
    yield made
    made.engine.dispose()


@contextmanager
def two(settings: Settings) -> Iterator[tuple[Session, Session]]:
    """Two sessions whose statements may take long."""
    patient = Database(settings.database_url.get_secret_value(), "identity", statement_ms=20_000)
    try:
        with Session(patient.engine) as one, Session(patient.engine) as other:
            yield one, other
    finally:
        patient.engine.dispose()


def waits(database: Database) -> bool:
    """Whether the service's slow query runs."""
    looked = (
        "select 1 from pg_stat_activity "
        "where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()"
    )
    with database.reading() as session:
        return session.execute(text(looked)).scalar() is not None


def test_a_slow_query_stalls_no_other_call(service: object, client: RpcClient, database: Database) -> None:
    client.call(Echo())
    slow = threading.Thread(target=client.call, args=(Wait(seconds=SLOW_S),), kwargs={"key": "k-1"})
    slow.start()
    until(lambda: waits(database))
    began = time.monotonic()
    for _ in range(3):
        client.call(Echo())
    assert time.monotonic() - began < SLOW_S / 2
    assert waits(database)  # all were answered while it ran
    slow.join()


def test_every_wait_of_the_database_has_an_end(database: Database, settings: Settings) -> None:
    with pytest.raises(DBAPIError, match="statement timeout"), database.reading() as session:
        session.execute(text("select pg_sleep(5)"))
    with two(settings) as (holder, other):
        holder.execute(text("lock table counter"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            other.execute(text("select * from counter"))
    with database.engine.connect() as connection:

        def shown(name: str) -> Any:
            return connection.execute(text(f"show {name}")).scalar()

        assert shown("lock_timeout") == "3s"
        assert shown("idle_in_transaction_session_timeout") == "1min"
        assert shown("client_connection_check_interval") == "2s"

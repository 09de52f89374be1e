"""What is measured: a bare nameko service, our identity service and the gateway, all on one broker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from sqlalchemy import select
from tests.fixtures.processes import running, until
from tests.fixtures.servers import run_migrations

from chassis.database import Database
from chassis.tokens import Signer
from identity.seed import seed
from identity.tables import account
from local_stack.isolation import fresh_environment

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Measured:
    """Where everybody is, and with which tokens they are asked."""

    amqp_url: str
    http_port: int
    service_pid: int
    gateway_pid: int
    of_service: str
    """Good for an hour, in the name of the service review."""
    of_account: str
    """The same of an account."""


@pytest.fixture(scope="module")
def measured(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """All processes, ready."""
    with contextlib.ExitStack() as made:
        own = made.enter_context(fresh_environment(servers.stack, "identity"))
        run_migrations("identity", own)
        gateway = made.enter_context(fresh_environment(servers.stack, "gateway", own))
        http_port = servers.stack.ports.transient()
        gateway |= {"HTTP_PORT": str(http_port), "BASE_URL": f"http://127.0.0.1:{http_port}"}
        log = made.enter_context((tmp_path_factory.mktemp("bench") / "log").open("ab"))
        account_id = _seeded(own["DATABASE_URL"])
        made.enter_context(_bare_echo(own["AMQP_URL"]))
        service = made.enter_context(running("identity", own, int(own["HEALTH_PORT"]), log=log))
        front = made.enter_context(running("gateway", gateway, int(gateway["HEALTH_PORT"]), log=log))
        _until_served(own["AMQP_URL"], "rpc-identity", "rpc-echo")
        keys = Path(own["PRIVATE_KEY_FILE"]).parent
        claims = {"sub": account_id, "role": "unit", "unit_id": "u-1", "sid": "bench"}
        yield Measured(
            own["AMQP_URL"],
            http_port,
            service.pid,
            front.pid,
            Signer("review", keys / "review.pem").sign({"sub": "review", "role": "service"}, 3600),
            Signer("identity", keys / "identity.pem").sign(claims, 3600),
        )


def _seeded(url: str) -> str:
    database = Database(url, "identity")
    seed(database, "Demo-Password-1")
    with database.reading() as session:
        account_id = str(
            session.execute(select(account.c.id).where(account.c.role == "unit")).scalars().first()
        )
    database.engine.dispose()
    return account_id


@contextlib.contextmanager
def _bare_echo(amqp_url: str) -> Iterator[None]:
    program = [sys.executable, str(PROGRAMS / "bare_echo.py")]
    process = subprocess.Popen(program, env={**os.environ, "AMQP_URL": amqp_url})
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _until_served(amqp_url: str, *queues: str) -> None:
    def served(name: str) -> bool:
        # A queue that is not declared yet is refused: it is not served, and asked for again.
        with Connection(amqp_url) as connection, contextlib.suppress(connection.channel_errors):
            return bool(connection.channel().queue_declare(name, passive=True).consumer_count)
        return False

    for name in queues:
        until(partial(served, name))

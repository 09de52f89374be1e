"""A migrated database of the probe, and the probe's processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from kombu.connection import Connection
from tests.fixtures.processes import ready, until
from tests.fixtures.wire import Wire, wire_to

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.tokens import Signer

PROGRAMS = Path(__file__).parent / "programs"
sys.path.insert(0, str(PROGRAMS))


@pytest.fixture
def probe(service_environment):  # type: ignore[no-untyped-def]  # the fixture's type lives in the root's fixtures
    """The environment of a probe whose database has been migrated."""
    from tests.fixtures.servers import run_migrations

    environment = service_environment("identity")
    run_migrations("chassis_probe", environment)
    return environment


@pytest.fixture
def settings(probe: dict[str, str]) -> Settings:
    names = {name.lower(): value for name, value in probe.items()}
    return Settings.model_validate(names)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The probe's database, as a process of it sees it."""
    made = Database(settings.database_url.get_secret_value(), "identity")
    yield made
    made.engine.dispose()


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:
    """The way to the broker, which a test may cut."""
    parts = urlsplit(settings.amqp_url.get_secret_value())
    with wire_to(str(parts.hostname), int(parts.port or 5672)) as made:
        yield made


@pytest.fixture
def service(probe: dict[str, str], settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
    process = subprocess.Popen(
        [sys.executable, "-m", "chassis_probe"], env={**os.environ, **probe, "PYTHONPATH": path}
    )
    until(lambda: ready(settings.health_port))
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        until(lambda: _queue_is_there(connection))
    yield process
    process.terminate()
    assert process.wait(20) == 0


def _queue_is_there(connection: Connection) -> bool:
    channel = connection.channel()
    try:
        return bool(channel.queue_declare("rpc-identity", passive=True).consumer_count)
    except Exception as fault:
        if "NOT_FOUND" not in str(fault):
            raise
        return False


@pytest.fixture
def client(settings: Settings) -> Iterator[RpcClient]:
    key = settings.private_key_file.with_name("review.pem")
    made = RpcClient(settings.amqp_url.get_secret_value(), Signer("review", key))
    yield made
    made.close()

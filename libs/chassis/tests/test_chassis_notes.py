"""What nameko does when it is stopped or when the broker is away, and this chassis must not do.

Each test has been seen to fail without its remedy in ``nameko_entry`` or ``nameko_parts``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from chassis_probe.service import Echo, Mark, Wait
from kombu.connection import Connection
from tests.fixtures.processes import until
from tests.fixtures.wire import Wire

from chassis import presence
from chassis.rpc import RpcClient
from chassis.settings import Settings
from local_stack import Stack

PROGRAMS = Path(__file__).parent / "programs"
LONGER_THAN_NAMEKO_WAITS_S = 5.0
"""Its three tries to send an answer are over after 3 s."""


@pytest.fixture
def over_wire(probe: dict[str, str], wire: Wire) -> dict[str, str]:
    """The environment of a probe that reaches the broker by the wire only."""
    url = probe["AMQP_URL"]
    return {**probe, "AMQP_URL": url.replace(f":{urlsplit(url).port}/", f":{wire.port}/")}


@contextmanager
def started(environment: dict[str, str], port: int, status: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the probe whose readiness answers with this status; killed at the end, if it still runs."""
    path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
    own = {**os.environ, **environment, "PYTHONPATH": path, "HEALTH_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "chassis_probe"], env=own)
    try:
        until(lambda: readiness(port) == status)
        yield process
    finally:
        process.kill()
        process.wait()


def readiness(port: int) -> int:
    """The status of /readyz; 0 while nobody answers there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=6).status_code
    except httpx.HTTPError:
        return 0


def marks(file: Path) -> list[str]:
    return sorted(file.read_text().splitlines()) if file.exists() else []


def waiting(settings: Settings) -> int:
    """How many calls wait for a process that takes them."""
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        return int(connection.channel().queue_declare("rpc-identity", passive=True).message_count)


def purge(settings: Settings) -> None:
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        connection.channel().queue_purge("rpc-identity")


def test_what_runs_at_a_stop_is_executed_once(
    probe: dict[str, str], settings: Settings, stack: Stack, client: RpcClient, tmp_path: Path
) -> None:
    """nameko closes its channel a second after the stop: what still runs is delivered to the next process, too."""
    names, file = [f"call {number}" for number in range(6)], tmp_path / "marks"
    first, second = settings.health_port, stack.ports.transient()
    with (
        started(probe, first, 200) as one,
        started(probe, second, 200),
        ThreadPoolExecutor(len(names)) as callers,
    ):
        answers = [callers.submit(client.call, Mark(file=str(file), name=name, wait_s=2.5)) for name in names]
        until(lambda: len(marks(file)) == len(names))
        one.send_signal(signal.SIGTERM)
        assert one.wait(20) == 0
        for answer in answers:
            answer.result(20)
        client.call(Mark(file=str(file), name="the last"))  # what was delivered again came before it
    assert marks(file) == [*names, "the last"]


def test_an_answer_outlasts_a_broker_that_is_away(
    over_wire: dict[str, str],
    settings: Settings,
    wire: Wire,
    client: RpcClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """nameko gives up after three tries to answer, and its process ends."""
    monkeypatch.setattr(presence, "LOOK_AFTER_S", 60)  # this caller's own way to the broker is whole
    file = tmp_path / "marks"
    with started(over_wire, settings.health_port, 200) as process, ThreadPoolExecutor() as callers:
        answer = callers.submit(client.call, Mark(file=str(file), wait_s=1))
        until(lambda: marks(file))
        wire.cut()
        until(lambda: waiting(settings) == 1)
        purge(settings)  # a broker that restarts forgets calls: only the answer at hand can come
        time.sleep(LONGER_THAN_NAMEKO_WAITS_S)
        wire.mend()
        answer.result(30)
        assert marks(file) == [""]
        client.call(Echo(), timeout=15)
        assert process.poll() is None


@pytest.mark.slow
def test_a_slow_query_holds_up_no_heartbeat(
    over_wire: dict[str, str], settings: Settings, wire: Wire, client: RpcClient
) -> None:
    """psycopg's C wait holds up the whole process, and the broker hangs up on who misses two heartbeats."""
    with started({**over_wire, "HEARTBEAT_S": "4"}, settings.health_port, 200):
        client.call(Wait(seconds=0), key="k-1")
        before = wire.accepted
        client.call(Wait(seconds=13), key="k-2", timeout=30)
        client.call(Echo(), timeout=15)
        assert wire.accepted == before  # nobody had to connect again


def test_a_service_that_never_saw_its_broker_stops_at_once(
    over_wire: dict[str, str], settings: Settings, wire: Wire
) -> None:
    """nameko's stop and kill both wait for ever then."""
    wire.cut()
    with started(over_wire, settings.health_port, 503) as process:
        process.terminate()
        assert process.wait(5) == 0

"""A service that is not running is reported within a second; one that works, drains or has a second process is not."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import pytest
from chassis_probe.service import Count, Echo
from kombu.connection import Connection
from tests.fixtures.processes import ready, until

from chassis import bus
from chassis.async_rpc import AsyncRpcClient
from chassis.presence import Watch, somebody_is_there
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.tokens import Signer
from contracts.errors import AppError

REPORTED_S = 1.5
"""A second, and what a busy machine adds."""


@contextmanager
def process(probe: dict[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A further process of the probe; whoever has not ended it by then finds it killed."""
    path = os.pathsep.join([str(Path(__file__).parent / "programs"), *(p for p in sys.path if p)])
    environment = {**os.environ, **probe, "PYTHONPATH": path, "HEALTH_PORT": str(port)}
    made = subprocess.Popen([sys.executable, "-m", "chassis_probe"], env=environment)
    try:
        until(lambda: ready(port))
        yield made
    finally:
        made.kill()
        made.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def is_there(settings: Settings) -> Iterator[Callable[[], bool]]:
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        yield lambda: somebody_is_there(connection, "identity")


def refused_after(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
        call()
    return time.monotonic() - begun


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_service_is_reported_within_a_second(
    how: signal.Signals,
    probe: dict[str, str],
    settings: Settings,
    client: RpcClient,
    is_there: Callable[[], bool],
) -> None:
    with process(probe, settings.health_port) as service:
        client.call(Echo())
        service.send_signal(how)
        service.wait(20)
    until(lambda: not is_there(), 5)
    assert refused_after(lambda: client.call(Echo(), timeout=10)) < REPORTED_S
    assert refused_after(lambda: client.call(Count(name="a"), key="k", timeout=10)) < REPORTED_S
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        asking = connection.channel()
        with pytest.raises(connection.channel_errors, match="NOT_FOUND"):
            asking.queue_declare(bus.rpc_queue_names("identity")[1], passive=True)


def test_the_gateway_is_told_within_a_second_too(
    probe: dict[str, str], settings: Settings, is_there: Callable[[], bool]
) -> None:
    token = Signer("review", settings.private_key_file.with_name("review.pem")).as_service()

    async def ask() -> float:
        client = AsyncRpcClient(settings.amqp_url.get_secret_value())
        await client.start()
        try:
            with process(probe, settings.health_port) as service:
                await client.call(Echo(wait_s=1.2), token=token)
                service.terminate()
                service.wait(20)
            until(lambda: not is_there(), 5)
            begun = time.monotonic()
            calls = (client.call(Echo(), token=token, within_s=10) for _ in range(20))
            ends = await asyncio.gather(*calls, return_exceptions=True)
            assert {end.code for end in ends if isinstance(end, AppError)} == {"UPSTREAM_UNAVAILABLE"}
            assert len(ends) == 20
            return time.monotonic() - begun
        finally:
            await client.close()

    assert asyncio.run(ask()) < REPORTED_S


def test_who_works_at_its_last_call_is_there_until_that_is_answered(
    probe: dict[str, str], settings: Settings, client: RpcClient
) -> None:
    with process(probe, settings.health_port) as service, ThreadPoolExecutor() as callers:
        running = callers.submit(client.call, Echo(wait_s=3), timeout=15)
        time.sleep(0.7)
        service.terminate()
        time.sleep(0.5)
        waiting = callers.submit(client.call, Echo(), timeout=15)  # nobody will take it
        assert service.wait(20) == 0
        ended = time.monotonic()
        running.result(1)
        with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
            waiting.result(10)
        assert time.monotonic() - ended < 1 + REPORTED_S  # it had just looked


def test_a_process_that_is_killed_at_its_call_is_reported_within_a_second(
    probe: dict[str, str], settings: Settings, client: RpcClient
) -> None:
    with process(probe, settings.health_port) as service, ThreadPoolExecutor() as callers:
        running = callers.submit(client.call, Echo(wait_s=10), timeout=15)
        time.sleep(0.7)
        service.kill()
        begun = time.monotonic()
        with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
            running.result(10)
        assert time.monotonic() - begun < 1 + REPORTED_S  # it had just looked


def test_while_one_process_restarts_the_other_answers_every_call(
    probe: dict[str, str], settings: Settings, client: RpcClient
) -> None:
    answered: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answered.append(client.call(Echo(wait_s=0.05), timeout=5))

    with process(probe, settings.health_port), ThreadPoolExecutor() as callers:
        asking: list[Future[None]] = []
        for _ in range(2):
            with process(probe, free_port()) as second:
                asking = asking or [callers.submit(ask) for _ in range(4)]
                second.terminate()
                assert second.wait(20) == 0
        stop.set()
        for each in asking:
            each.result(10)
    assert len(answered) > 20


def test_a_look_is_certain_only_twice_and_not_soon_after_a_broken_connection() -> None:
    watch = Watch(100.0)
    assert watch.look_at == 100.5
    assert not watch.nobody_is_there(100.5, found=False)
    assert not watch.nobody_is_there(100.75, found=True)
    assert not watch.nobody_is_there(101.75, found=False)
    assert watch.nobody_is_there(102.0, found=False)
    assert Watch(100.0, broken_at=99.0).look_at == 104.0


def test_a_connection_that_ends_while_somebody_looks_says_nothing(settings: Settings) -> None:
    async def look() -> bool:
        client = AsyncRpcClient(settings.amqp_url.get_secret_value())
        await client.start()
        try:
            await client._broker(5)
            kept = client._connection
            client._connection = await aio_pika.connect(settings.amqp_url.get_secret_value())
            await client._connection.close()
            found = await client._look("identity")
            client._connection = kept
            return found
        finally:
            await client.close()

    assert asyncio.run(look())

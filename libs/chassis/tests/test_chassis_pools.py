"""A process has as many connections as it has work for, and its metrics say how many are at work and who waited."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from chassis_probe.service import Wait
from prometheus_client import REGISTRY
from sqlalchemy.exc import TimeoutError as PoolTimeout
from tests.fixtures.processes import until

from chassis.database import Database
from chassis.pool import CALLS_AT_ONCE, POOL_SIZE, size_for
from chassis.rpc import RpcClient
from chassis.settings import Settings

SLOW_S = 3.0


@pytest.fixture
def narrow(settings: Settings) -> Iterator[Database]:
    made = Database(settings.database_url.get_secret_value(), "narrow", pool_size=1)
    yield made
    made.engine.dispose()


def served(port: int, name: str) -> float:
    """What a process says at /metrics."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found.group(1))


def waits() -> float:
    return REGISTRY.get_sample_value("pingzheng_pool_wait_seconds_count") or 0


def test_with_every_handler_in_the_database_none_waits_and_the_process_is_ready(
    service: object, settings: Settings, client: RpcClient
) -> None:
    port = settings.health_port
    assert served(port, "pingzheng_pool_size") == POOL_SIZE
    with ThreadPoolExecutor(CALLS_AT_ONCE) as callers:
        slow = [
            callers.submit(client.call, Wait(seconds=SLOW_S), key=f"k-{number}")
            for number in range(CALLS_AT_ONCE)
        ]
        until(lambda: served(port, "pingzheng_pool_in_use") == CALLS_AT_ONCE, SLOW_S)
        begun = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
        assert served(port, "pingzheng_pool_in_use") == CALLS_AT_ONCE, "the calls were over already"
        assert time.monotonic() - begun < SLOW_S
        for each in slow:
            each.result(20)
    assert served(port, "pingzheng_pool_wait_seconds_count") == 0
    assert served(port, "pingzheng_pool_in_use") == 0


def test_who_has_to_wait_for_a_connection_is_counted(narrow: Database) -> None:
    labels, before = {"database": "narrow"}, waits()
    pool: Any = narrow.engine.pool
    pool._timeout = 0.1  # seconds; ours is five
    with narrow.engine.connect():
        assert REGISTRY.get_sample_value("pingzheng_pool_in_use", labels) == 1
        assert waits() == before
        with pytest.raises(PoolTimeout):
            narrow.ping()
    assert waits() == before + 1
    narrow.ping()
    assert waits() == before + 1
    assert REGISTRY.get_sample_value("pingzheng_pool_in_use", labels) == 0


def test_an_engine_that_was_disposed_of_shows_the_pool_that_it_has_now(narrow: Database) -> None:
    narrow.engine.dispose()
    with narrow.engine.connect():
        assert REGISTRY.get_sample_value("pingzheng_pool_in_use", {"database": "narrow"}) == 1


@pytest.mark.parametrize(("workers", "size"), [(1, POOL_SIZE), (5, 11), (8, 17)])
def test_a_worker_process_has_a_connection_for_each_job_and_each_lease(workers: int, size: int) -> None:
    assert size_for(workers) == size

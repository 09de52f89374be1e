"""``make bench-rpc-memory``: 100,000 calls through gateway and service leave no memory and no queue behind.

BENCH_CALLS chooses another number; the first look is after a fifth of them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from tests.bench.conftest import Measured
from tests.bench.http_client import HttpClient, http_client
from tests.fixtures.processes import until

CALLS = int(os.environ.get("BENCH_CALLS", "100000"))
IN_FLIGHT = 16
BAR = 1.05
PATH = "/api/v1/districts?pilot=true"


def resident_mb(pid: int) -> float:
    """What the process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def queues(stack: Any, amqp_url: str) -> dict[str, int]:
    """Messages in each queue of the virtual host, waiting or at work."""
    vhost = quote(urlsplit(amqp_url).path[1:], safe="")
    address = f"{stack.backing.rabbitmq.management.url}/api/queues/{vhost}"
    answer = httpx.get(address, timeout=10).raise_for_status()
    return {each["name"]: each.get("messages", 0) for each in answer.json()}


async def repeated(client: HttpClient, times: int) -> None:
    """So many calls, sixteen at a time."""

    async def some(count: int) -> None:
        for _ in range(count):
            await client.get()

    await asyncio.gather(*(some(times // IN_FLIGHT) for _ in range(IN_FLIGHT)))


async def looked_at(measured: Measured) -> list[dict[str, float]]:
    """Memory of both ends after a fifth of the calls and after all of them."""
    seen = []
    pids = {"gateway": measured.gateway_pid, "service": measured.service_pid}
    async with http_client(measured.http_port, PATH, measured.of_account) as client:
        for part in (CALLS // 5, CALLS - CALLS // 5):
            await repeated(client, part)
            seen.append({name: resident_mb(pid) for name, pid in pids.items()})
            sys.stdout.write(f"\n{part} calls: {seen[-1]} MB\n")
            sys.stdout.flush()
    return seen


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_many_calls_leave_nothing_behind(measured: Measured, stack: Any) -> None:
    before = set(queues(stack, measured.amqp_url))
    began = time.perf_counter()
    first, last = asyncio.run(looked_at(measured))
    rate = CALLS / (time.perf_counter() - began)
    sys.stdout.write(f"\n{CALLS} calls by HTTP, {IN_FLIGHT} in flight, {rate:.0f}/s\n")
    for name in first:
        sys.stdout.write(
            f"{name}: {first[name]:.1f} MB after a fifth, {last[name]:.1f} MB after all, "
            f"{last[name] / first[name]:.3f}\n"
        )
    assert set(queues(stack, measured.amqp_url)) == before
    until(lambda: not any(queues(stack, measured.amqp_url).values()))  # the broker counts each few seconds
    assert all(last[name] <= BAR * first[name] for name in first)

"""``make bench-rpc``: a call of ours beside a bare one and a whole HTTP call, for 1, 16 and 64 in flight.

Rounds of all of them alternate, and each ratio is taken within its round, so that a machine whose speed drifts does
no harm to it; medians are printed. BENCH_ROUNDS and BENCH_SECONDS choose other sizes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median, quantiles

import pytest
from tests.bench.bare_client import bare_client
from tests.bench.conftest import Measured
from tests.bench.http_client import http_client

from chassis.async_rpc import AsyncRpcClient
from contracts.identity import GetAuthority, GetMe

IN_FLIGHT = (1, 16, 64)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "0.5"))
BAR = 0.8
AUTHORITY = GetAuthority(district_code="500103")
BARE, OURS = "bare aio-pika -> nameko echo", "ours, GetAuthority (no query)"

Work = Callable[[], Awaitable[object]]


async def per_second(work: Work, in_flight: int) -> float:
    """How often ``work`` is done each second when so many are always under way."""
    until, done = time.perf_counter() + SECONDS, 0

    async def repeat() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(repeat() for _ in range(in_flight)))
    return done / (time.perf_counter() - began)


@asynccontextmanager
async def works(measured: Measured) -> AsyncIterator[dict[str, Work]]:
    """What is compared, by its name."""
    body, me = AUTHORITY.model_dump(mode="json"), GetMe()
    ours = AsyncRpcClient(measured.amqp_url, "bench")
    opened = http_client(measured.http_port, "/api/v1/me", measured.of_account)
    await ours.start()
    try:
        async with bare_client(measured.amqp_url) as bare, opened as http:
            yield {
                BARE: lambda: bare.echo(body),
                OURS: lambda: ours.call(AUTHORITY, token=measured.of_service),
                "ours, GetMe (two queries)": lambda: ours.call(me, token=measured.of_account),
                "HTTP, GET /api/v1/me": http.get,
            }
    finally:
        await ours.close()


async def compared(measured: Measured) -> dict[int, dict[str, list[float]]]:
    """Calls a second of each, round by round, for each number in flight."""
    async with works(measured) as table:
        for work in table.values():
            await work()
            await per_second(work, 16)  # warm
        return {n: await rounds(table, n) for n in IN_FLIGHT}


async def rounds(table: dict[str, Work], in_flight: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in table}
    for _ in range(ROUNDS):
        for name, work in table.items():
            rates[name].append(await per_second(work, in_flight))
    return rates


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_a_call_of_ours_beside_a_bare_one(measured: Measured) -> None:
    results = asyncio.run(compared(measured))
    sys.stdout.write(
        f"\ncalls a second and ratio to the bare call of the round: medians of {ROUNDS} rounds of {SECONDS:g} s\n"
    )
    low = {}
    for in_flight, rates in results.items():
        for name, seen in rates.items():
            ratios = [own / bare for own, bare in zip(seen, rates[BARE], strict=True)]
            ratio, quarter, _, last = median(ratios), *quantiles(ratios, n=4)
            sys.stdout.write(
                f"{in_flight:3} in flight  {name:30} {median(seen):5.0f}/s  {ratio:.2f}  ({quarter:.2f}-{last:.2f})\n"
            )
            if name == OURS and ratio < BAR:
                low[in_flight] = ratio
    assert not low, low

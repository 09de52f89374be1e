"""What calls do when the network is cut, when too many are in flight, and when their caller is gone."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import pytest
from chassis_probe.service import Count, Echo, Refuse
from kombu.connection import Connection
from tests.fixtures.wire import Wire

from chassis import async_rpc, bus, context, rpc
from chassis.async_rpc import AsyncRpcClient
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.tokens import Signer
from contracts.call import Call
from contracts.errors import AppError


@pytest.fixture
def signer(settings: Settings) -> Signer:
    return Signer("review", settings.private_key_file.with_name("review.pem"))


@pytest.fixture
def over_wire(settings: Settings, wire: Wire) -> str:
    url = settings.amqp_url.get_secret_value()
    return url.replace(f":{urlsplit(url).port}/", f":{wire.port}/")


def test_a_call_that_bears_it_is_asked_again_over_a_new_connection(
    service: object, over_wire: str, wire: Wire, signer: Signer
) -> None:
    client = RpcClient(over_wire, signer)
    asked: list[tuple[Call[Any], str | None]] = [(Echo(), None), (Count(name="a"), "k-1")]
    for call, key in asked:
        client.call(call, key=key)
        wire.cut()
        wire.mend()
        client.call(call, key=key)  # its link is dead, and the call does not show it
    client.close()


def test_a_call_without_key_that_changes_something_is_not_asked_again(
    service: object, over_wire: str, wire: Wire, signer: Signer
) -> None:
    client = RpcClient(over_wire, signer)
    client.call(Echo())
    wire.cut()
    wire.mend()
    with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
        client.call(Count(name="a"))
    client.close()


def test_beyond_the_bound_a_call_is_refused_at_once(
    service: object, client: RpcClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    monkeypatch.setattr(rpc, "MOST_IN_FLIGHT", 1)
    narrow = RpcClient(settings.amqp_url.get_secret_value(), signer)
    answered: list[object] = []
    slow = threading.Thread(target=lambda: answered.append(narrow.call(Echo(wait_s=1))))
    slow.start()
    time.sleep(0.4)
    begun = time.monotonic()
    with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
        narrow.call(Echo())
    assert time.monotonic() - begun < 0.2
    slow.join()
    assert len(answered) == 1
    narrow.call(Echo())
    narrow.close()


def test_beyond_the_bound_the_gateway_refuses_at_once(
    service: object, settings: Settings, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_rpc, "MOST_IN_FLIGHT", 2)
    token = signer.as_service()

    async def ask() -> list[Any]:
        client = AsyncRpcClient(settings.amqp_url.get_secret_value())
        await client.start()
        try:
            calls = (client.call(Echo(wait_s=0.3), token=token) for _ in range(5))
            return list(await asyncio.gather(*calls, return_exceptions=True))
        finally:
            await client.close()

    refused = [each for each in asyncio.run(ask()) if isinstance(each, AppError)]
    assert [each.code for each in refused] == ["UPSTREAM_UNAVAILABLE"] * 3


def test_the_gateways_connection_comes_back_and_answers_on_their_way_arrive(
    service: object, over_wire: str, wire: Wire, signer: Signer
) -> None:
    token = signer.as_service()

    async def ask() -> None:
        client = AsyncRpcClient(over_wire)
        await client.start()
        try:
            await client.call(Echo(), token=token)
            under_way = asyncio.create_task(client.call(Echo(wait_s=1.5), token=token, within_s=15))
            await asyncio.sleep(0.5)
            wire.cut()
            await asyncio.sleep(0.2)
            assert not client.connected
            wire.mend()
            await under_way  # the queue outlived the connection
            await client.call(Echo(), token=token)
            assert client.in_flight == 0
        finally:
            await client.close()

    asyncio.run(ask())


@pytest.mark.parametrize("fault", [StopAsyncIteration(), asyncio.CancelledError(), ValueError("frame")])
def test_whatever_a_connection_breaks_with_the_gateway_makes_another(
    settings: Settings, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = aio_pika.connect
    faults = [fault]

    async def connected(*args: Any, **options: Any) -> Any:
        if faults:
            raise faults.pop()
        return await connect(*args, **options)

    monkeypatch.setattr(aio_pika, "connect", connected)

    async def ask() -> None:
        client = AsyncRpcClient(settings.amqp_url.get_secret_value())
        await client.start()
        await asyncio.wait_for(client._ready.wait(), 10)
        await client.close()

    asyncio.run(ask())


def test_reply_queues_go_after_their_owner_and_not_before(
    service: object, settings: Settings, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bus.REPLY_EXPIRES_MS == 60_000
    monkeypatch.setattr(rpc, "REPLY_EXPIRES_MS", 500)
    client = RpcClient(settings.amqp_url.get_secret_value(), signer)
    client.call(Echo())
    link = client._idle.queue[0]
    time.sleep(1)
    assert _is_there(settings, f"rpc.reply-{link._id}")
    client.close()
    time.sleep(2)  # asking earlier would itself count as a use
    assert not _is_there(settings, f"rpc.reply-{link._id}")


def _is_there(settings: Settings, name: str) -> bool:
    with Connection(settings.amqp_url.get_secret_value()) as connection:
        try:
            connection.channel().queue_declare(name, passive=True)
        except connection.channel_errors:
            return False
        return True


def test_what_nobody_foresaw_crosses_with_the_id_of_its_request(service: object, client: RpcClient) -> None:
    token = context.request_id.set("r-4711")
    try:
        with pytest.raises(AppError, match="INTERNAL") as raised:
            client.call(Refuse(break_down=True))
    finally:
        context.request_id.reset(token)
    assert raised.value.extra == {"request_id": "r-4711"}

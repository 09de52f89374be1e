"""Calls from the gateway to services: asyncio, one connection, many calls in flight, on nameko's wire format.

The caller's own token travels with each call. The reply queue is durable and expires 60 s after its owner, requests
are transient: answers given while the broker restarts still arrive, and nothing runs twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from functools import partial
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, ChannelNotFoundEntity, DeliveryError

from chassis import context, presence, tracing
from chassis.bus import REPLY_EXPIRES_MS, rpc_queue_names
from contracts.call import Call, Reply
from contracts.errors import AppError

MOST_IN_FLIGHT = 256
WAIT_FOR_BROKER_S = 2.0
log = structlog.get_logger("chassis.async_rpc")
_BROKEN = (AMQPError, OSError, asyncio.TimeoutError, ChannelInvalidStateError)


class AsyncRpcClient:
    """The transport of typed calls for one asyncio process."""

    def __init__(self, url: str, name: str = "gateway") -> None:
        self._url = url
        self._name = name
        self._id = uuid.uuid4().hex
        self._calls: dict[str, asyncio.Future[Any]] = {}
        self._ready = asyncio.Event()
        self._exchange: AbstractExchange | None = None
        self._connection: AbstractConnection | None = None
        self._lost_at = float("-inf")
        self._looks: dict[str, asyncio.Task[bool]] = {}
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connects and keeps connected; a broker that is away is no fault here."""
        self._keeping = asyncio.create_task(self._keep(), name="rpc connection")

    async def close(self) -> None:
        """Ends the connection."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping

    @property
    def in_flight(self) -> int:
        """How many calls wait for their answers."""
        return len(self._calls)

    @property
    def connected(self) -> bool:
        """Whether the broker can be reached at this moment."""
        return self._ready.is_set()

    async def call(
        self, request: Call[Reply], *, token: str, key: str | None = None, within_s: float | None = None
    ) -> Reply:
        """The typed reply. Raises the callee's AppError, UPSTREAM_TIMEOUT or UPSTREAM_UNAVAILABLE."""
        with tracing.span(f"rpc {request.service}.{request.method()}", "CLIENT"):
            return await self._call(request, token, key, within_s)

    async def _call(self, request: Call[Reply], token: str, key: str | None, within_s: float | None) -> Reply:
        seconds = context.seconds_left(within_s or request.timeout)
        if len(self._calls) >= MOST_IN_FLIGHT:
            raise AppError("UPSTREAM_UNAVAILABLE")
        call_id = uuid.uuid4().hex
        answer = self._calls[call_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._publish(request, call_id, token, key, seconds)
                envelope = _envelope(await self._answered(answer, request.service))
        except TimeoutError as fault:
            raise AppError("UPSTREAM_TIMEOUT") from fault
        except (DeliveryError, *_BROKEN) as fault:
            raise AppError("UPSTREAM_UNAVAILABLE") from fault
        finally:
            self._calls.pop(call_id, None)
        return request.reply_type().model_validate(envelope)  # type: ignore[return-value]  # is Reply

    async def _publish(
        self, request: Call[Any], call_id: str, token: str, key: str | None, seconds: float
    ) -> None:
        until = time.time() + seconds
        await self._broker(min(seconds, WAIT_FOR_BROKER_S))
        message = aio_pika.Message(
            json.dumps({"args": [], "kwargs": {"request": request.model_dump(mode="json")}}).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=call_id,
            reply_to=self._id,
            headers=_headers(token, key, until),
            expiration=max(until - time.time(), 0.001),
            delivery_mode=aio_pika.DeliveryMode.NOT_PERSISTENT,
        )
        if self._exchange is None:
            raise AppError("UPSTREAM_UNAVAILABLE")
        await self._exchange.publish(message, f"{request.service}.{request.method()}", mandatory=True)

    async def _answered(self, answer: asyncio.Future[Any], service: str) -> Any:
        """The answer as soon as it comes; UPSTREAM_UNAVAILABLE when nobody is there who could give it."""
        watch = presence.Watch(time.monotonic())
        while not answer.done():
            await asyncio.wait({answer}, timeout=max(watch.look_at - time.monotonic(), 0))
            if not answer.done():
                found = await self._look(service)
                if watch.nobody_is_there(time.monotonic(), found=found) and not answer.done():
                    raise AppError("UPSTREAM_UNAVAILABLE")
        return answer.result()

    async def _look(self, service: str) -> bool:
        """Whether anybody works for the service; calls that wait at the same time look together."""
        look = self._looks.get(service)
        if look is None:
            look = self._looks[service] = asyncio.create_task(self._somebody_is_there(service))
            look.add_done_callback(lambda _: self._looks.pop(service, None))
        return await asyncio.shield(look)

    async def _somebody_is_there(self, service: str) -> bool:
        """Without a connection nobody knows, and soon after one broke its absence says nothing."""
        recently_lost = time.monotonic() - self._lost_at < presence.RECONNECTED_S
        if self._connection is None or not self.connected or recently_lost:
            return True
        # aiormq says a bare RuntimeError when the connection ends between the question above and this one.
        with contextlib.suppress(*_BROKEN, RuntimeError):
            for name in rpc_queue_names(service):
                if await _consumers(self._connection, name):
                    return True
            return False
        return True

    async def _broker(self, seconds: float) -> None:
        """Waits out a short absence of the broker."""
        if self._ready.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError as fault:
            raise AppError("UPSTREAM_UNAVAILABLE") from fault

    async def _keep(self) -> None:
        pause = 0.2
        while True:
            try:
                connection = await aio_pika.connect(f"{self._url}?heartbeat=10", timeout=5)
                async with connection:
                    lost = await self._listen(connection)
                    pause = 0.2
                    log.warning("broker lost", fault=repr(await lost))
            # A connection that is cut while it is being made ends with StopAsyncIteration or a cancellation of its own.
            except (Exception, asyncio.CancelledError) as fault:  # whatever it is: connect again
                if _is_cancelled():
                    raise
                log.warning("broker away", fault=repr(fault), again_in_s=pause)
            finally:
                self._ready.clear()
                self._lost_at = time.monotonic()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3)

    async def _listen(self, connection: AbstractConnection) -> asyncio.Future[Any]:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        self._exchange = await channel.declare_exchange(
            "nameko-rpc", aio_pika.ExchangeType.TOPIC, durable=True
        )
        queue = await channel.declare_queue(
            f"rpc.reply-{self._name}-{self._id}", durable=True, arguments={"x-expires": REPLY_EXPIRES_MS}
        )
        await queue.bind(self._exchange, self._id)
        await queue.consume(self._on_reply, no_ack=True)
        lost: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        for closable in (connection, channel):
            closable.close_callbacks.add(partial(_settle, lost))
        self._connection = connection
        self._ready.set()
        return lost

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        waiting = self._calls.get(message.correlation_id or "")
        if waiting is not None and not waiting.done():  # else: the call was given up
            waiting.set_result(json.loads(message.body))


def _is_cancelled() -> bool:
    """Whether somebody wants the task at hand to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _settle(lost: asyncio.Future[Any], _sender: Any, fault: BaseException | None = None) -> None:
    if not lost.done():
        lost.set_result(fault)


async def _consumers(connection: AbstractConnection, queue: str) -> int:
    """Asked on a channel of its own, which the refusal for a queue that is not there ends."""
    async with connection.channel(publisher_confirms=False) as asking:
        try:
            found = await asking.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return 0
        return found.declaration_result.consumer_count or 0


def _envelope(body: Any) -> Any:
    if body["error"]:  # nameko's own: no such method, or a body that is no request
        raise AppError("INTERNAL")
    if "error" in body["result"]:
        raise AppError.from_wire(body["result"]["error"])
    return body["result"]["result"]


def _headers(token: str, key: str | None, until: float) -> Any:
    headers = {
        "nameko.token": token,
        "nameko.request_id": context.request_id.get() or context.new_request_id(),
        "nameko.traceparent": context.traceparent.get(),
        # A whole number of milliseconds: floats in headers are packed into 32 bits and lose a minute.
        "nameko.deadline_ms": int(until * 1000),
        "nameko.call_id_stack": [uuid.uuid4().hex],
    }
    return headers if key is None else {**headers, "nameko.idempotency_key": key}

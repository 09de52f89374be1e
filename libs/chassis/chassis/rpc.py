"""Calls from services, workers and clocks to services: blocking, with a deadline, on nameko's wire format.

Each call borrows a link (connection, channel, reply queue) from a pool, so that threads and greenlets never share
one. Reply queues are durable and expire 60 s after their owner; requests are transient: over a restart of the broker
answers are not lost and nothing runs twice.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import KombuError
from kombu.messaging import Consumer, Producer

from chassis import context, metrics, presence, tracing
from chassis.bus import REPLY_EXPIRES_MS
from chassis.tokens import Signer
from contracts.call import Call, Reply
from contracts.errors import AppError

EXCHANGE = Exchange("nameko-rpc", type="topic", durable=True)
IDLE_S = 20.0
"""A link idle for longer is thrown away: nobody kept its heartbeat."""
MOST_IN_FLIGHT = 32
"""Beyond so many calls at once of one process, a further one is refused at once: waiting would only add to the load."""


class NotRoutedError(Exception):
    """No service of that name is there: the call was not sent, or nobody takes it."""


class _Link:
    """One connection with its reply queue; used by one call at a time."""

    def __init__(self, url: str) -> None:
        self._connection = Connection(url, connect_timeout=2, transport_options={"confirm_publish": True})
        self._connection.ensure_connection(max_retries=1, interval_start=0.1)
        channel = self._connection.channel()
        self._id = uuid.uuid4().hex
        self._answers: dict[str, Any] = {}
        name = f"rpc.reply-{self._id}"
        replies = Queue(
            name,
            EXCHANGE,
            self._id,
            durable=True,
            queue_arguments={"x-expires": REPLY_EXPIRES_MS},
            channel=channel,
        )
        self._consumer = Consumer(channel, [replies], no_ack=True, on_message=self._on_reply)
        self._consumer.consume()
        self._producer = Producer(channel, EXCHANGE, on_return=self._on_return)
        self._returned: set[str] = set()
        self.used_at = time.monotonic()

    def _on_reply(self, message: Any) -> None:
        self._answers[message.properties["correlation_id"]] = json.loads(message.body)

    def _on_return(self, _exc: Any, _exchange: str, _key: str, message: Any) -> None:
        self._returned.add(message.properties["correlation_id"])

    def exchange(
        self,
        key: str,
        body: dict[str, Any],
        headers: dict[str, Any],
        seconds: float,
        broken_at: float = float("-inf"),
    ) -> Any:
        """Sends one request and waits for its answer. Raises TimeoutError, NotRoutedError or a broker's error."""
        until = time.monotonic() + seconds
        call_id = uuid.uuid4().hex
        self._answers.clear()  # late ones; not after the publish, whose confirm may come behind the answer
        self._producer.publish(
            {"args": [], "kwargs": {"request": body}},
            routing_key=key,
            mandatory=True,
            delivery_mode=1,
            serializer="json",
            reply_to=self._id,
            correlation_id=call_id,
            headers=headers,
            expiration=seconds,
        )
        watch = presence.Watch(time.monotonic(), broken_at=broken_at)
        while call_id not in self._answers:
            if call_id in self._returned:
                raise NotRoutedError(key)
            self._take_what_comes(until, watch)
            if self._nobody_is_there(watch, key) and call_id not in self._answers:
                raise NotRoutedError(key)
        self.used_at = time.monotonic()
        return self._answers.pop(call_id)

    def _take_what_comes(self, until: float, watch: presence.Watch) -> None:
        now = time.monotonic()
        try:
            self._connection.drain_events(timeout=max(min(until, watch.look_at) - now, 0.001))
        except TimeoutError:
            if time.monotonic() >= until:
                raise

    def _nobody_is_there(self, watch: presence.Watch, key: str) -> bool:
        if time.monotonic() < watch.look_at:
            return False
        found = presence.somebody_is_there(self._connection, key.partition(".")[0])
        return watch.nobody_is_there(time.monotonic(), found=found)

    def close(self) -> None:
        """Drops the connection; the reply queue goes by itself."""
        self._connection.collect()


class RpcClient:
    """The transport of typed calls for processes without asyncio (implements contracts.call.SyncTransport)."""

    def __init__(
        self, url: str, signer: Signer, *, token: Callable[[], str] | None = None, links: int = 10
    ) -> None:
        self._url = url
        self._token = token or signer.as_service
        self._idle: queue.LifoQueue[_Link] = queue.LifoQueue(links)
        self._free = threading.BoundedSemaphore(MOST_IN_FLIGHT)
        self._broken_at = float("-inf")

    def call(self, request: Call[Reply], *, key: str | None = None, timeout: float | None = None) -> Reply:
        """The typed reply. Raises the callee's AppError, UPSTREAM_TIMEOUT or UPSTREAM_UNAVAILABLE.

        A call that bears being repeated is asked once more when the connection broke under it.
        """
        name = f"{request.service}.{request.method()}"
        context.leave_process(f"rpc {name}")
        with tracing.span(f"rpc {name}", "CLIENT"):
            return self._call(name, request, key, timeout)

    def _call(self, name: str, request: Call[Reply], key: str | None, timeout: float | None) -> Reply:
        until = time.monotonic() + context.seconds_left(timeout or request.timeout)
        if not self._free.acquire(blocking=False):
            raise AppError("UPSTREAM_UNAVAILABLE")
        try:
            envelope = self._asked(name, request, key, until)
        finally:
            self._free.release()
        if "error" in envelope:
            raise AppError.from_wire(envelope["error"])
        return request.reply_type().model_validate(envelope["result"])  # type: ignore[return-value]  # is Reply

    def close(self) -> None:
        """Drops the idle links."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _asked(self, name: str, request: Call[Any], key: str | None, until: float) -> dict[str, Any]:
        body = request.model_dump(mode="json")
        try:
            return self._exchange(name, body, _headers(self._token(), key, _left(until)), _left(until))
        except AppError as fault:
            broken = fault.code == "UPSTREAM_UNAVAILABLE" and not isinstance(fault.__cause__, NotRoutedError)
            if not broken or not request.is_repeatable(key):
                raise
        metrics.CALLS_REPEATED.labels(name).inc()
        self.close()  # what broke one link broke the idle ones
        return self._exchange(name, body, _headers(self._token(), key, _left(until)), _left(until))

    def _exchange(
        self, name: str, body: dict[str, Any], headers: dict[str, Any], seconds: float
    ) -> dict[str, Any]:
        link: _Link | None = None
        try:
            link = self._borrow()
            answer = link.exchange(name, body, headers, seconds, self._broken_at)
        except TimeoutError as fault:
            _close(link)
            raise AppError("UPSTREAM_TIMEOUT") from fault
        except (OSError, AMQPError, KombuError, NotRoutedError) as fault:
            _close(link)
            if not isinstance(fault, NotRoutedError):
                self._broken_at = time.monotonic()
            raise AppError("UPSTREAM_UNAVAILABLE") from fault
        self._give_back(link)
        if answer["error"]:  # nameko's own: no such method, or a body that is no request
            raise AppError("INTERNAL")
        envelope: dict[str, Any] = answer["result"]
        return envelope

    def _borrow(self) -> _Link:
        while True:
            try:
                link = self._idle.get_nowait()
            except queue.Empty:
                return _Link(self._url)
            if time.monotonic() - link.used_at < IDLE_S:
                return link
            link.close()

    def _give_back(self, link: _Link) -> None:
        try:
            self._idle.put_nowait(link)
        except queue.Full:
            link.close()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise AppError("UPSTREAM_TIMEOUT")
    return left


def _close(link: _Link | None) -> None:
    if link is not None:
        link.close()


def _headers(token: str, key: str | None, seconds: float) -> dict[str, Any]:
    return {
        "nameko.token": token,
        "nameko.request_id": context.request_id.get() or context.new_request_id(),
        "nameko.traceparent": context.traceparent.get(),
        "nameko.idempotency_key": key,
        # A whole number of milliseconds: the gateway's client packs floats into 32 bits.
        "nameko.deadline_ms": int((time.time() + seconds) * 1000),
        "nameko.call_id_stack": [uuid.uuid4().hex],
    }

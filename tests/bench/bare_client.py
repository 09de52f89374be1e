"""A client with nothing of ours: aio-pika as its own pages show it, on nameko's wire format."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage


class BareClient:
    """One connection, one channel, one exclusive reply queue; many calls in flight."""

    def __init__(self, exchange: AbstractExchange, reply_to: str) -> None:
        self._exchange = exchange
        self._reply_to = reply_to
        self._calls: dict[str, asyncio.Future[Any]] = {}

    async def echo(self, body: dict[str, Any]) -> Any:
        """What the service answered."""
        call_id = uuid.uuid4().hex
        answer = self._calls[call_id] = asyncio.get_running_loop().create_future()
        message = aio_pika.Message(
            json.dumps({"args": [], "kwargs": {"request": body}}).encode(),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=call_id,
            reply_to=self._reply_to,
        )
        await self._exchange.publish(message, "echo.echo")
        return await answer

    async def heard(self, message: AbstractIncomingMessage) -> None:
        """Hands an answer to the call that waits for it."""
        self._calls.pop(message.correlation_id or "").set_result(json.loads(message.body)["result"])


@asynccontextmanager
async def bare_client(url: str) -> AsyncIterator[BareClient]:
    """A connected client."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange("nameko-rpc", aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, queue.name)
        client = BareClient(exchange, queue.name)
        await queue.consume(client.heard, no_ack=True)
        yield client

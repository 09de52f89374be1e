"""Asking the services: one more try for what surely was not sent, and the gateway's own token for visitors."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import structlog
from aio_pika.exceptions import DeliveryError
from pydantic import ValidationError

from chassis.tokens import Signer
from contracts.call import Call, Reply
from contracts.errors import AppError

AGAIN_AFTER_S = 0.5
"""A service that was killed is back on the bus within a second or two; its callers' deadlines are longer."""
log = structlog.get_logger("gateway.services")


class Transport(Protocol):
    """What carries calls (chassis.async_rpc.AsyncRpcClient)."""

    @property
    def connected(self) -> bool:
        """Whether the broker can be reached at this moment."""
        ...

    async def start(self) -> None:
        """Connects and keeps connected."""
        ...

    async def close(self) -> None:
        """Ends the connection."""
        ...

    async def call(
        self, request: Call[Reply], *, token: str, key: str | None = None, within_s: float | None = None
    ) -> Reply:
        """The reply, or the callee's AppError, UPSTREAM_TIMEOUT or UPSTREAM_UNAVAILABLE."""
        ...


class Services:
    """The services as the gateway sees them."""

    def __init__(self, transport: Transport, signer: Signer) -> None:
        self.transport = transport
        self._signer = signer

    def own_token(self) -> str:
        """The token with which the gateway asks on behalf of a visitor without sign-in."""
        return self._signer.as_service()

    def check_ready(self) -> None:
        """Raises while the broker is away (for /readyz)."""
        if not self.transport.connected:
            raise ConnectionError("the broker is away")

    async def call(
        self, request: Call[Reply], *, token: str, key: str | None = None, within_s: float | None = None
    ) -> Reply:
        """The typed reply; asked once more when the first request surely reached nobody. Raises AppError."""
        try:
            return await self._once(request, token, key, within_s)
        except AppError as fault:
            if not _surely_not_sent(fault):
                raise
        await asyncio.sleep(AGAIN_AFTER_S)
        return await self._once(request, token, key, within_s)

    async def _once(self, request: Call[Reply], token: str, key: str | None, within_s: float | None) -> Reply:
        try:
            return await self.transport.call(request, token=token, key=key, within_s=within_s)
        except ValidationError as fault:  # the service answered what the contract does not allow
            # Without the values that pydantic would show: a reply may hold tokens.
            where = [f"{'.'.join(map(str, error['loc']))}: {error['type']}" for error in fault.errors()]
            method = f"{request.service}.{request.method()}"
            log.error("reply does not fit its contract", method=method, faults=where)
            raise AppError("INTERNAL") from fault


def _surely_not_sent(fault: AppError) -> bool:
    """The broker gave the request back or refused it, so that no service can have seen it."""
    cause: Any = fault.__cause__
    return fault.code == "UPSTREAM_UNAVAILABLE" and isinstance(cause, DeliveryError)

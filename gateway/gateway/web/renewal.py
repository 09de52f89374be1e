"""Renewing a session once, however many tabs ask at the same moment.

A refresh token is good once, and an old one that comes again ends the session (identity). Two tabs, or a page whose
answer never arrived, bring the same one: the first asks, the others wait for its answer, and whoever comes later with
the old cookie gets the same answer as long as the access token in it is good.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

from contracts.errors import AppError
from contracts.identity import RefreshSession, Session
from gateway.services import Services

MOST = 20_000
_Flight = asyncio.Task[Session]


@dataclass(frozen=True)
class _Kept:
    session: Session
    until: float


class Renewals:
    """Of one gateway process. Several processes need a proxy that keeps a browser on one of them (README)."""

    def __init__(self) -> None:
        self._flights: dict[bytes, _Flight] = {}
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    async def renew(self, services: Services, refresh: str) -> Session:
        """The session's new tokens. Raises TOKEN_EXPIRED when it is over, and what a service that is away raises."""
        seen = set()
        while True:
            key = hashlib.sha256(refresh.encode()).digest()
            kept = self._kept.get(key)
            if kept is None or key in seen:
                return await self._asked(services, key, refresh)
            if kept.until > time.monotonic():
                return kept.session
            seen.add(key)
            refresh = kept.session.refresh_token  # an old cookie of a session that went on

    async def _asked(self, services: Services, key: bytes, refresh: str) -> Session:
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._ask(services, key, refresh))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        # The answer is for all who wait: one browser that goes away must not end it.
        return await asyncio.shield(flight)

    async def _ask(self, services: Services, key: bytes, refresh: str) -> Session:
        session = await services.call(RefreshSession(refresh_token=refresh), token=services.own_token())
        self._kept[key] = _Kept(session, time.monotonic() + session.expires_in / 2)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return session


async def renewed_or_none(renewals: Renewals, services: Services, refresh: str) -> Session | None:
    """None when the session is over; other refusals are raised."""
    try:
        return await renewals.renew(services, refresh)
    except AppError as refusal:
        if refusal.code == "TOKEN_EXPIRED":
            return None
        raise

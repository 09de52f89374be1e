"""The newest notices, kept in the process and read anew every minute: no page waits for them or fails for them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from contracts.errors import AppError
from contracts.identity import ListNotices, Notice
from gateway.services import Services

NEWEST = 5
EVERY_S, SOON_S = 60.0, 5.0
log = structlog.get_logger("gateway.board")


class Board:
    """``newest`` is None as long as they could never be read; ``emergency`` is what stands on every page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.newest: list[Notice] | None = None
        self.emergency: Notice | None = None

    async def refresh(self) -> None:
        """Reads both anew. Raises AppError; then what was known stays."""
        newest, emergencies = await asyncio.gather(
            self._ask(ListNotices(limit=NEWEST)), self._ask(ListNotices(limit=1, emergency_only=True))
        )
        self.newest = newest
        self.emergency = emergencies[0] if emergencies else None

    async def keep_fresh(self) -> None:
        """Until it is cancelled; sooner again while nothing is known yet."""
        while True:
            try:
                await self.refresh()
            except AppError as away:
                log.warning("notices can not be read", code=away.code)
            await asyncio.sleep(SOON_S if self.newest is None else EVERY_S)

    async def _ask(self, call: ListNotices) -> list[Notice]:
        return (await self._services.call(call, token=self._services.own_token())).items


async def end(task: asyncio.Task[None]) -> None:
    """Cancels the task and waits until it is over."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

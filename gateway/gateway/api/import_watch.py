"""One poller for each import that anybody of this process looks at, however many look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from contracts.errors import AppError
from contracts.importer import GetImport, ImportState
from gateway.asker import Asker

log = structlog.get_logger("gateway.imports")
EVERY_S = 0.5
ENDED = frozenset({"finished", "failed", "cancelled"})
Told = ImportState | AppError
Pause = Callable[[float], Awaitable[None]]


@dataclass(eq=False)
class Viewer:
    """Somebody who may see the import: ``latest`` is what is known of it, and ``changed`` tells that it is new."""

    asker: Asker
    latest: Told
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, told: Told) -> None:
        """What came of the last question."""
        self.latest = told
        self.changed.set()


@dataclass(eq=False)
class _Import:
    viewers: list[Viewer] = field(default_factory=list)
    poller: asyncio.Task[None] | None = None


@dataclass
class ImportWatch:
    """Asks for an import with the token of whoever has looked longest, and tells everybody who looks.

    It trusts that each viewer was allowed the state that it comes with: GetImport was asked with its own token. When
    the token of one is refused, that one is told and leaves, and the next one's is used.
    """

    pause: Pause = asyncio.sleep
    _imports: dict[str, _Import] = field(default_factory=dict)

    @asynccontextmanager
    async def viewer(self, asker: Asker, first: ImportState) -> AsyncIterator[Viewer]:
        """A viewer for as long as the block lasts; the poller ends with the last of them."""
        watched = self._imports.setdefault(first.id, _Import())
        viewer = Viewer(asker, first)
        watched.viewers.append(viewer)
        if watched.poller is None:
            watched.poller = asyncio.create_task(self._poll(first.id, watched))
        try:
            yield viewer
        finally:
            self._leave(first.id, watched, viewer)

    def _leave(self, import_id: str, watched: _Import, viewer: Viewer) -> None:
        if viewer in watched.viewers:
            watched.viewers.remove(viewer)
        if not watched.viewers and watched.poller is not None:
            watched.poller.cancel()
            self._forget(import_id, watched)

    def _forget(self, import_id: str, watched: _Import) -> None:
        """Whoever comes from now on has a poller of its own."""
        if self._imports.get(import_id) is watched:
            del self._imports[import_id]

    async def _poll(self, import_id: str, watched: _Import) -> None:
        try:
            while watched.viewers:
                await self.pause(EVERY_S)
                if watched.viewers and await self._ask(import_id, watched):
                    return
        except Exception:
            log.exception("an import can not be watched", import_id=import_id)
            for viewer in watched.viewers:
                viewer.tell(AppError("INTERNAL"))
        finally:
            self._forget(import_id, watched)

    async def _ask(self, import_id: str, watched: _Import) -> bool:
        """Asks once, and tells; whether the import has ended."""
        asking = watched.viewers[0]
        try:
            state = await asking.asker.ask(GetImport(import_id=import_id))
        except AppError as refusal:
            # What is away for a moment comes back; a token that ran out does not.
            if refusal.status < 500 and asking in watched.viewers:
                watched.viewers.remove(asking)
                asking.tell(refusal)
            return False
        for viewer in watched.viewers:
            viewer.tell(state)
        return state.state in ENDED

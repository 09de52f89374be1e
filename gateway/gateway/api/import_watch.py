"""One question at a time about an import, however many people watch it in this process.

Each watcher may see the import: that was asked before it came here. Whoever finds the last answer too old asks anew,
with its own token; the others, who wait at that moment, take over what it was told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from contracts.importer import GetImport, ImportState
from gateway.asker import Asker


@dataclass
class Watched:
    """An import that somebody watches."""

    state: ImportState
    asked_at: float
    watchers: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def newest(self, asker: Asker, oldest_s: float) -> ImportState:
        """The state, at most so many seconds old. Raises what the question of this watcher raises."""
        async with self.lock:
            if time.monotonic() - self.asked_at >= oldest_s:
                self.state = await asker.ask(GetImport(import_id=self.state.id))
                self.asked_at = time.monotonic()
            return self.state


class Watches:
    """The imports that are watched in this process."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}

    @contextmanager
    def watching(self, state: ImportState) -> Iterator[Watched]:
        """The import of this state, shared with whoever watches it; forgotten with the last of them."""
        watched = self._watched.setdefault(state.id, Watched(state, time.monotonic()))
        watched.watchers += 1
        try:
            yield watched
        finally:
            watched.watchers -= 1
            if not watched.watchers:
                self._watched.pop(state.id, None)

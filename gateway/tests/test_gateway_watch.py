"""Many watchers of one import in one gateway process ask once for all of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.errors import AppError
from contracts.importer import ImportState, Progress
from gateway.api import import_events
from gateway.api.import_watch import Watches

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def state(read: int, name: Any = "running") -> ImportState:
    return ImportState(
        id="i-1", application_id="a-1", state=name, district_code="500103", file_name="气瓶.xlsx",
        progress=Progress(total=9, read=read, checked=read, inserted=0, failed=0), imported=0, failed=0, already=0,
        warned=0, error_workbook=False, created_at=NOON,
    )  # fmt: skip


class Asking:
    """An asker that counts its questions; the import ends with the fifth of all."""

    asked = 0

    def __init__(self, refused: bool = False) -> None:
        self._refused = refused

    async def ask(self, _: Any) -> ImportState:
        await asyncio.sleep(0.002)
        if self._refused:
            raise AppError("TOKEN_EXPIRED")
        Asking.asked += 1
        return state(Asking.asked, "finished" if Asking.asked >= 5 else "running")


def test_watchers_share_the_questions_and_a_refusal_ends_only_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_events, "EVERY_S", 0.05)
    Asking.asked, watches = 0, Watches()

    async def watch(asker: Any) -> list[str]:
        events = import_events.progress(asker, state(0), asyncio.Event(), watches)
        return [event async for event in events]

    async def all_of_them() -> list[list[str]]:
        return await asyncio.gather(*(watch(Asking()) for _ in range(20)), watch(Asking(refused=True)))

    told = asyncio.run(all_of_them())
    assert Asking.asked == 5, "not once for each of the twenty"
    assert all('"finished"' in events[-1] for events in told[:20])
    assert not watches._watched

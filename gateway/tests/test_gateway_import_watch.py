"""One question for all who look at the same import, and none when nobody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, cast

from contracts.errors import AppError
from contracts.importer import GetImport, ImportState, Progress
from gateway.api.import_watch import ImportWatch
from gateway.asker import Asker


def state(read: int, how: str = "running", import_id: str = "i-1") -> ImportState:
    return ImportState.model_validate(
        {
            "id": import_id, "application_id": "a", "state": how, "district_code": "500103", "file_name": "a.xlsx",
            "progress": Progress(total=9, read=read, checked=0, inserted=0, failed=0), "imported": 0, "failed": 0,
            "already": 0, "warned": 0, "error_workbook": False, "created_at": "2026-11-24T10:00:00+08:00",
        }
    )  # fmt: skip


class Bus:
    """Says what it is told; remembers with whose token it was asked."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.read = 0
        self.how = "running"
        self.refused: dict[str, Exception] = {}

    def asker(self, token: str) -> Asker:
        return Asker(cast(Any, self), token, "key")

    async def call(self, request: GetImport, *, token: str, **_: Any) -> ImportState:
        self.tokens.append(token)
        if refusal := self.refused.get(token):
            raise refusal
        return state(self.read, self.how, request.import_id)


class Clock:
    """Time that passes only when the test lets it."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Event] = []

    async def pause(self, _: float) -> None:
        mine = asyncio.Event()
        self.waiting.append(mine)
        await mine.wait()

    async def tick(self) -> None:
        """Every poller asks once and waits again."""
        due, self.waiting = self.waiting, []
        for each in due:
            each.set()
        for _ in range(20):
            await asyncio.sleep(0)


def run(story: Callable[[ImportWatch, Bus, Clock], Awaitable[None]]) -> None:
    clock = Clock()

    async def told() -> None:
        await asyncio.sleep(0)
        await story(ImportWatch(pause=clock.pause), Bus(), clock)

    asyncio.run(told())


def test_all_who_look_are_told_by_one_question() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        async with (
            watch.viewer(bus.asker("a"), state(0)) as first,
            watch.viewer(bus.asker("b"), state(0)) as second,
            watch.viewer(bus.asker("c"), state(0, import_id="i-2")) as other,
        ):
            await asyncio.sleep(0)
            bus.read = 5
            await clock.tick()
            assert sorted(bus.tokens) == ["a", "c"]
            assert first.latest == second.latest == state(5)
            assert other.latest == state(5, import_id="i-2")
            assert first.changed.is_set()
            assert second.changed.is_set()

    run(story)


def test_the_first_may_leave_and_the_others_are_still_told() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        async with AsyncExitStack() as stay, AsyncExitStack() as leave:
            await leave.enter_async_context(watch.viewer(bus.asker("a"), state(0)))
            second = await stay.enter_async_context(watch.viewer(bus.asker("b"), state(0)))
            await asyncio.sleep(0)
            await clock.tick()
            await leave.aclose()
            bus.read = 7
            await clock.tick()
            assert bus.tokens == ["a", "b"]
            assert second.latest == state(7)

    run(story)


def test_a_token_that_ran_out_concerns_its_own_viewer_only() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        bus.refused["a"] = AppError("TOKEN_EXPIRED")
        async with (
            watch.viewer(bus.asker("a"), state(0)) as first,
            watch.viewer(bus.asker("b"), state(0)) as second,
        ):
            await asyncio.sleep(0)
            await clock.tick()
            assert isinstance(first.latest, AppError)
            assert second.latest == state(0)
            bus.read = 3
            await clock.tick()
            assert second.latest == state(3)
            assert bus.tokens == ["a", "b"]

    run(story)


def test_what_is_away_for_a_moment_is_asked_again() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        bus.refused["a"] = AppError("UPSTREAM_TIMEOUT")
        async with watch.viewer(bus.asker("a"), state(0)) as viewer:
            await asyncio.sleep(0)
            await clock.tick()
            assert (viewer.latest, viewer.changed.is_set()) == (state(0), False)
            bus.refused.clear()
            bus.read = 2
            await clock.tick()
            assert viewer.latest == state(2)

    run(story)


def test_a_poller_that_breaks_tells_all_who_look_and_the_next_has_another() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        bus.refused["a"] = ValueError("no import")
        async with watch.viewer(bus.asker("a"), state(0)), watch.viewer(bus.asker("b"), state(0)) as second:
            await asyncio.sleep(0)
            await clock.tick()
            assert isinstance(second.latest, AppError)
            assert second.latest.code == "INTERNAL"
            async with watch.viewer(bus.asker("c"), state(0)) as later:
                await asyncio.sleep(0)
                bus.read = 4
                await clock.tick()
                assert later.latest == state(4)

    run(story)


def test_nothing_is_asked_when_nobody_looks_or_the_import_has_ended() -> None:
    async def story(watch: ImportWatch, bus: Bus, clock: Clock) -> None:
        async with watch.viewer(bus.asker("a"), state(0)):
            await asyncio.sleep(0)
        await clock.tick()
        assert bus.tokens == []
        async with watch.viewer(bus.asker("a"), state(0)) as again:
            await asyncio.sleep(0)
            bus.how = "finished"
            await clock.tick()
            assert again.latest == state(0, "finished")
            await clock.tick()
            assert bus.tokens == ["a"], "it has ended"
            async with watch.viewer(bus.asker("b"), state(0)):
                await asyncio.sleep(0)
                await clock.tick()
                assert bus.tokens == ["a", "b"], "who comes later has a poller of its own"
        await clock.tick()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(story)

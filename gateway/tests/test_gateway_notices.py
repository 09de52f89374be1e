"""Notices: the pages, and the board that no page waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.call import Page
from contracts.errors import AppError
from contracts.identity import GetNotice, ListDistricts, ListNotices, Notice, NoticeText
from gateway.services import Services
from gateway.web.board import Board, end

ONE = NoticeText(
    id="n-1",
    title="停机<维护>",
    published_on=date(2026, 11, 24),
    pinned=True,
    emergency=True,
    body="甲\n\n乙",
)


def listed(*notices: Notice) -> Callable[[ListNotices], Page[Notice]]:
    def give(call: ListNotices) -> Page[Notice]:
        shown = [each for each in notices if each.emergency or not call.emergency_only]
        return Page[Notice](
            items=shown, total=len(shown), next_cursor="more" if call.cursor is None else None
        )

    return give


def known(board: Board) -> Any:
    return board.emergency, board.newest


def test_the_list_and_one_notice(client: Any, transport: Any) -> None:
    transport.answers[ListNotices] = listed(ONE)
    transport.answer(GetNotice, ONE)
    first = client.get("/notices").text
    assert 'href="/notices/n-1"' in first
    assert "停机&lt;维护&gt;" in first
    assert "cursor=more" in first
    assert "cursor=more" not in client.get("/notices?cursor=more").text
    one = client.get("/notices/n-1").text
    assert '<p class="said">甲</p><p class="said">乙</p>' in one
    assert "2026 年 11 月 24 日" in one


def test_an_unknown_notice_is_not_found(client: Any) -> None:
    assert client.get("/notices/unknown", headers={"Accept": "text/html"}).status_code == 404


def test_an_empty_list_says_so(client: Any, transport: Any) -> None:
    transport.answers[ListNotices] = listed()
    assert "目前没有公告" in client.get("/notices").text


def test_an_emergency_stands_on_every_page_and_the_board_on_the_first(
    client: Any, transport: Any, app: FastAPI
) -> None:
    transport.answers[ListNotices] = listed(ONE)
    transport.answer(ListDistricts, AppError("UPSTREAM_UNAVAILABLE"))
    before = client.get("/").text
    assert "data-urgent" not in before
    assert "公告暂时无法显示" in before
    asyncio.run(app.state.board.refresh())
    transport.asked.clear()
    for path in ("/", "/login", "/support"):
        assert 'data-urgent="n-1"' in client.get(path).text
    assert not [each for each in transport.asked if isinstance(each.call, ListNotices)]
    assert 'href="/notices/n-1"' in client.get("/").text


def test_the_board_keeps_what_it_knows_while_identity_is_away(services: Services, transport: Any) -> None:
    board = Board(services)
    transport.answers[ListNotices] = listed(ONE)
    asyncio.run(board.refresh())
    transport.answer(ListNotices, AppError("UPSTREAM_TIMEOUT"))
    with pytest.raises(AppError, match="UPSTREAM_TIMEOUT"):
        asyncio.run(board.refresh())
    assert known(board) == (ONE, [ONE])
    transport.answers[ListNotices] = listed()
    asyncio.run(board.refresh())
    assert known(board) == (None, [])


def test_the_board_reads_by_itself_and_ends(
    services: Services, transport: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.board.SOON_S", 0.01)
    board, replies = Board(services), [AppError("UPSTREAM_UNAVAILABLE")] * 2

    def give(call: ListNotices) -> Page[Notice]:
        if replies:
            raise replies.pop()
        return listed(ONE)(call)

    async def run() -> None:
        reading = asyncio.create_task(board.keep_fresh())
        async with asyncio.timeout(5):
            while board.newest is None:  # noqa: ASYNC110  # the board tells nobody
                await asyncio.sleep(0.01)
        await end(reading)
        assert reading.cancelled()

    transport.answers[ListNotices] = give
    asyncio.run(run())
    assert board.emergency

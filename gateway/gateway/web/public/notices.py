"""通知公告 (ui.md section 4.3)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from contracts.identity import GetNotice, ListNotices
from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages()
ON_A_PAGE = 20
Cursor = Annotated[str | None, Query(max_length=200)]


@router.get("/notices", operation_id="noticesPage")
async def notices_page(web: Browser, cursor: Cursor = None) -> Response:
    """The pinned ones first, then the newest."""
    notices = await web.ask(ListNotices(limit=ON_A_PAGE, cursor=cursor or None))
    return web.render("public/notices.html", notices=notices, cursor=cursor)


@router.get("/notices/{notice_id}", operation_id="noticePage")
async def notice_page(web: Browser, notice_id: str) -> Response:
    """One notice; 404 when there is none or it is not of today."""
    notice = await web.ask(GetNotice(notice_id=notice_id[:64]))
    paragraphs = [part.strip() for part in notice.body.split("\n\n") if part.strip()]
    return web.render("public/notice.html", notice=notice, paragraphs=paragraphs)

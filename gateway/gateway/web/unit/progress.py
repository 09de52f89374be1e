"""信息查询 → 使用登记进度: all applications of the unit (ui.md section 5.8)."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import Response

from contracts.review import ListApplications
from gateway.api.application_answers import page_with_counts
from gateway.parameters import Pages
from gateway.web.clocks import clock
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.steps import STATES
from gateway.web.web import Browser

router = pages("/u")


@router.get("/progress", operation_id="unitProgressPage")
async def progress_page(web: Browser, paging: Pages, state: str = "", q: str = "") -> Response:
    """The newest first, by state and by 申请编号."""
    state = state if state in STATES else ""
    search = q.strip()[:60]
    wanted = ListApplications(state=state or None, search=search, limit=paging.limit, cursor=paging.cursor)
    page = await page_with_counts(web.asker, await web.ask(wanted))
    now = datetime.now(UTC)
    kept = urlencode({"state": state, "q": search})
    return web.render(
        "unit/progress.html",
        filled=Filled(values={"state": state, "q": search}),
        states=list(STATES.items()),
        rows=[(each, clock(each.submitted_at, each.deadline, now)) for each in page.items],
        page=page,
        first=f"/u/progress?{kept}" if paging.cursor else None,
        further=f"/u/progress?{kept}&{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None,
        narrowed=bool(state or search),
    )

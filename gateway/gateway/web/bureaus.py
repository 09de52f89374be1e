"""The page with the contacts of the registration authorities, the pilot ones first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from contracts.errors import AppError
from contracts.identity import ListAuthorities
from gateway.asker import Ask
from gateway.routing import CheckedRoute
from gateway.web.rendering import renderer

router = APIRouter(route_class=CheckedRoute, tags=["公开页面"])


@router.get("/bureaus", response_class=HTMLResponse, operation_id="bureausPage", summary="区县局联系方式页面")
async def bureaus_page(request: Request, ask: Ask) -> HTMLResponse:
    """503 with a page that says so when the list can not be had at the moment."""
    try:
        authorities = (await ask.ask(ListAuthorities())).items
    except AppError:
        return renderer(request).page("public/bureaus.html", 503, bureaus=None)
    return renderer(request).page(
        "public/bureaus.html", bureaus=sorted(authorities, key=lambda each: not each.pilot)
    )

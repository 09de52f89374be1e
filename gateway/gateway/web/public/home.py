"""The first page and 在线技术支持 (ui.md sections 2 and 4.1)."""

from __future__ import annotations

from fastapi import Response

from contracts.errors import AppError
from contracts.identity import District, ListDistricts
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages()


@router.get("/", operation_id="homePage")
async def home(web: Browser) -> Response:
    """The three tasks, the pilot districts and the way of an application; it stays when the districts can't be had."""
    return web.render("public/home.html", filled=Filled(), districts=await _pilot_districts(web))


async def _pilot_districts(web: Web) -> list[District] | None:
    try:
        return (await web.ask(ListDistricts(pilot_only=True))).items
    except AppError:
        return None


@router.get("/support", operation_id="supportPage")
async def support(web: Browser) -> Response:
    """Whom to ask: QQ, 订阅号, phone and hours, as the settings say."""
    return web.render("public/support.html")

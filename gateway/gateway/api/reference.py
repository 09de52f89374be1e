"""Code lists and the template: what forms offer to choose from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import RedirectResponse

from contracts.call import Page
from contracts.identity import Authority, CodeName, District, ListAuthorities, ListDistricts
from contracts.importer import GetTemplate, ListMedia, ListVarieties, Variety
from gateway.asker import Ask
from gateway.links import REDIRECT, redirect
from gateway.parameters import EmptyIsNone
from gateway.routing import resource

router = resource("代码表")
PilotOnly = Annotated[bool | None, EmptyIsNone, Query(description="只列试点区县")]


@router.get("/districts", operation_id="listDistricts", summary="区县")
async def list_districts(ask: Ask, pilot: PilotOnly = None) -> Page[District]:
    """Districts that exist today."""
    return await ask.ask(ListDistricts(pilot_only=bool(pilot)))


@router.get("/authorities", operation_id="listAuthorities", summary="登记机关")
async def list_authorities(ask: Ask) -> Page[Authority]:
    """Authorities that act today."""
    return await ask.ask(ListAuthorities())


@router.get("/varieties", operation_id="listVarieties", summary="设备品种")
async def list_varieties(ask: Ask) -> Page[Variety]:
    """Varieties that may be chosen today."""
    return await ask.ask(ListVarieties())


@router.get("/media", operation_id="listMedia", summary="充装介质")
async def list_media(ask: Ask) -> Page[CodeName]:
    """Media that may be chosen today."""
    return await ask.ask(ListMedia())


@router.get(
    "/templates/cylinders.xlsx",
    status_code=302,
    response_class=RedirectResponse,
    responses=REDIRECT,
    operation_id="getTemplate",
    summary="下载气瓶信息模板",
)
async def get_template(ask: Ask) -> RedirectResponse:
    """The template v1."""
    return redirect(await ask.ask(GetTemplate()))

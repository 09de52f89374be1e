"""Routes of pages: who may open them, a session that is renewed by itself, CSRF, and errors as pages."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from chassis.tokens import Caller, Verifier
from contracts.errors import AppError
from gateway.access import MAY_OPEN, Roles
from gateway.asker import Asker
from gateway.routing import refuse_nul
from gateway.services import Services
from gateway.web.error_pages import refusal_page
from gateway.web.jar import Jar
from gateway.web.rendering import renderer
from gateway.web.renewal import renewed_or_none
from gateway.web.web import Web, check_csrf

_REFUSALS = (AppError, RequestValidationError, ValidationError, HTTPException)


class PageRoute(APIRoute):
    """A page of the table of who may open it; one that is not in it can not be built."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.roles = MAY_OPEN[options["operation_id"]]
        super().__init__(path, endpoint, **{**options, "include_in_schema": False, "response_model": None})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def opened(request: Request) -> Response:
            web = await enter(request)
            request.state.web = web
            try:
                refuse_nul(request)
                admit(web, self.roles)
                await check_csrf(web)
                response = await answer(request)
            except _REFUSALS as fault:
                response = refusal_page(web, fault)
            if web.jar_changed:
                web.renderer.cookies.write(response, web.jar)
            return response

        return opened


async def enter(request: Request) -> Web:
    """Whoever asks, with a session that is good for this request if it can be renewed."""
    services: Services = request.app.state.services
    jar = renderer(request).cookies.read(request) or Jar.new()
    visitor = Asker(services, services.own_token(), uuid.uuid4().hex)
    web = Web(request, visitor, jar)
    if jar.access:
        await _renew(web, services)
        web.caller = _caller(request.app.state.verifier, web.jar.access)
    return web


async def _renew(web: Web, services: Services) -> None:
    if web.jar.renew_at > time.time():
        return
    try:
        session = await renewed_or_none(web.request.app.state.renewals, services, web.jar.refresh)
    except (
        AppError
    ) as away:  # what is left of the old token's life still counts, and nobody is signed out by it
        web.away = away
        return
    web.keep(web.jar.renewed(session) if session else web.jar.ended())


def _caller(verifier: Verifier, access: str) -> Caller | None:
    try:
        return verifier.caller(access) if access else None
    except AppError:
        return None


def admit(web: Web, roles: Roles) -> None:
    """Lets in whom the table names. Raises TOKEN_EXPIRED for a visitor elsewhere, FORBIDDEN for another role.

    What is open to visitors is asked as the gateway, whoever asks (asker.py).
    """
    role = web.caller.kind if web.caller else "visitor"
    if role not in roles and web.caller is None and web.away:
        raise web.away
    if role not in roles:
        raise (
            AppError("FORBIDDEN")
            if web.caller
            else AppError("TOKEN_EXPIRED", "您尚未登录，请先登录后再操作。")
        )
    if web.caller and "visitor" not in roles:
        web.asker = Asker(web.asker.services, web.jar.access, uuid.uuid4().hex)


def pages(prefix: str = "") -> APIRouter:
    """The router of some pages below a prefix."""
    return APIRouter(prefix=prefix, route_class=PageRoute)

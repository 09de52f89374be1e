"""Routes that ask who calls before they read anything of the request's body."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from contracts.errors import AppError, FieldFault
from gateway.access import MAY_CALL
from gateway.asker import admit
from gateway.problems import PROBLEM_RESPONSES

API = "/api/v1"


class CheckedRoute(APIRoute):
    """A route of the table of who may call it; one that is not in it can not be built."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.roles = MAY_CALL[options["operation_id"]]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def checked(request: Request) -> Response:
            refuse_nul(request)
            state = request.app.state
            request.state.asker = admit(request, self.roles, state.verifier, state.services)
            return await answer(request)

        return checked


def refuse_nul(request: Request) -> None:
    """No text of ours holds U+0000, and PostgreSQL stores none: refused here, once for all. NOT_FOUND, VALIDATION."""
    if any("\0" in str(value) for value in request.path_params.values()):
        raise AppError("NOT_FOUND")
    for name, value in request.query_params.multi_items():
        if "\0" in name + value:
            fault = FieldFault(
                field=name.replace("\0", ""), code="nul", message="含有不能使用的字符，请删除后重试"
            )
            raise AppError("VALIDATION", errors=[fault])


def resource(tag: str) -> APIRouter:
    """The router of one resource below /api/v1."""
    return APIRouter(prefix=API, route_class=CheckedRoute, tags=[tag], responses=PROBLEM_RESPONSES)

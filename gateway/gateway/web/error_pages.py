"""Refusals as pages: what happened, and what to do next (ui.md section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chassis import context
from contracts.errors import AppError
from gateway.faults import faults_of
from gateway.problems import RETRY_AFTER_S, told
from gateway.web.rendering import renderer

if TYPE_CHECKING:
    from gateway.web.web import Web

_FRAMEWORK = {404: "NOT_FOUND", 400: "VALIDATION", 413: "FILE_TOO_LARGE", 405: "NOT_FOUND"}
PASSING = frozenset({503, 504})
RETRIED_AFTER_S = 30
"""A page that could not be had just now asks for itself again after so long."""
AREAS = {"unit": "unit", "bureau": "bureau", "municipal": "bureau", "admin": "bureau"}


def refusal_page(web: Web, fault: Exception) -> Response:
    """The page of a refusal; whoever is not signed in is led to the sign-in page and comes back."""
    refusal = as_refusal(fault)
    if refusal.status == 401 and refusal.code == "TOKEN_EXPIRED":
        return _sign_in(web, refusal)
    area = AREAS.get(web.caller.kind, "public") if web.caller else "public"
    return _answer(web.request, refusal, web, area)


def as_refusal(fault: Exception) -> AppError:
    """Every kind of refusal as one of ours."""
    if isinstance(fault, AppError):
        return fault
    if isinstance(fault, RequestValidationError | ValidationError):
        return AppError("VALIDATION", errors=faults_of(fault.errors()))
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    return AppError(_FRAMEWORK.get(status, "INTERNAL"))


def _sign_in(web: Web, refusal: AppError) -> Response:
    """A page comes back after the sign-in; a form stays on the screen, a fragment opens the dialog over the page."""
    web.keep(web.jar.ended())
    if web.fragment:
        return Response(status_code=401, headers={"HX-Reswap": "none"})
    if web.request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"/login?next={quote(web.path, safe='')}", 303, {"Cache-Control": "no-store"})
    return _answer(web.request, refusal, web, "public")


def _answer(request: Request, refusal: AppError, web: Web | None, area: str) -> HTMLResponse:
    told(refusal.status, refusal.code)
    pages = renderer(request)
    retry = refusal.extra.get("retry_after", RETRY_AFTER_S.get(refusal.status, 0))

    def layout(_: str) -> str:
        return web.layout(area) if web else "layouts/bare.html"

    response = pages.page(
        "errors/refusal.html",
        refusal.status,
        web=web,
        layout=layout,
        refusal=refusal,
        trace=context.request_id.get(),
        retry_after=retry,
        # A form is sent again by nobody but the person.
        retried_after=RETRIED_AFTER_S if refusal.status in PASSING and request.method == "GET" else 0,
    )
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def wants_page(request: Request) -> bool:
    """Whether a person with a browser asks, outside of the interface for programs."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


def plain_page(request: Request, fault: Exception) -> HTMLResponse:
    """For addresses that no page has, and for what nobody foresaw: no session is looked at."""
    return _answer(request, as_refusal(fault), None, "public")

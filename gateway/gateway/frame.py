"""What surrounds every request: its id, its line in the log, security headers, and an answer whatever happens."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

import structlog
from fastapi.exceptions import ResponseValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import context, tracing
from contracts.errors import AppError
from gateway.metrics import REQUEST_SECONDS
from gateway.problems import problem
from gateway.web.error_pages import plain_page, wants_page

REQUEST_ID = "X-Request-Id"
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECURITY_HEADERS = {
    # JSON needs nothing; pages name what they need themselves.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
log = structlog.get_logger("gateway.access")


@dataclass
class _Answer:
    """Sends the response and remembers how it began."""

    send: Send
    status: int = 0
    started_at: float = field(default_factory=time.perf_counter)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = context.request_id.get()
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            if "Cache-Control" not in headers:
                headers["Cache-Control"] = "no-store"
        await self.send(message)


class Frame:
    """The outermost ASGI layer of our own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        context.request_id.set(given if WELL_FORMED_ID.fullmatch(given) else context.new_request_id())
        context.traceparent.set(tracing.accepted(Headers(scope=scope).get("traceparent")))
        context.deadline.set(None)
        with tracing.span(_method(scope), "SERVER") as span:
            await self._answered(scope, receive, _Answer(send), span)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer, span: tracing.Span) -> None:
        try:
            await self._app(scope, receive, answer)
        except Exception as fault:
            # An answer that does not fit its own description is named without its values: they may be secret.
            trace = None if isinstance(fault, ResponseValidationError) else fault
            log.error("request failed", route=_route(scope), fault=type(fault).__name__, exc_info=trace)
            if (
                answer.status
            ):  # half an answer is out: only the end of the connection tells that it is no whole one
                raise
            await _sorry(scope)(scope, receive, answer)
        finally:
            _note(scope, answer)
            span.rename(f"{_method(scope)} {_route(scope)}")
            span.tell(http_route=_route(scope), http_status=answer.status)


def _sorry(scope: Scope) -> Response:
    """A page for a person with a browser, else a problem; a fault of the page itself must not hide the answer."""
    request, fault = Request(scope), AppError("INTERNAL")
    try:
        return plain_page(request, fault) if wants_page(request) else problem(fault)
    except Exception as second:  # whatever it is, somebody waits for an answer
        log.error("no page for the fault", fault=type(second).__name__, exc_info=second)
        return problem(fault)


def _route(scope: Scope) -> str:
    """The template of the route, never the address: tokens of certificates stand in addresses."""
    return getattr(scope.get("route"), "path", None) or "unknown"


def _note(scope: Scope, answer: _Answer) -> None:
    seconds = time.perf_counter() - answer.started_at
    route = _route(scope)
    REQUEST_SECONDS.labels(route, _method(scope), str(answer.status)).observe(seconds)
    log.info(
        "request",
        method=_method(scope),
        route=route,
        status=answer.status,
        duration_ms=round(seconds * 1000, 1),
    )


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"

"""What a page route has in its hands: who asks, the way to the services, the form, and how to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from chassis.tokens import Caller
from contracts.call import Call, Reply
from contracts.errors import AppError
from gateway.asker import Asker
from gateway.web.board import Board
from gateway.web.csrf import is_token_of, token_of
from gateway.web.forms import CSRF, MOST_FIELDS, Filled, Form
from gateway.web.jar import Jar
from gateway.web.rendering import Renderer, renderer

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
BACK_ON_THE_FORM = frozenset({401, 403, 409, 413, 415, 422, 423, 503, 504})
"""Refusals that a form shows itself, with what was typed; others have a page of their own."""


@dataclass
class Web:
    """One request of a browser. ``caller`` is None for a visitor; the jar is written back when it changed.

    ``away`` is why a session could not be renewed just now.
    """

    request: Request
    asker: Asker
    jar: Jar
    caller: Caller | None = None
    jar_changed: bool = False
    away: AppError | None = None
    form_sent: Form | None = field(default=None, repr=False)

    @property
    def fragment(self) -> bool:
        """Whether htmx wants a part of the page only."""
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    @property
    def csrf(self) -> str:
        """For a hidden field; whoever renders it also gets the cookie it belongs to."""
        self.jar_changed = self.jar_changed or self.renderer.cookies.read(self.request) is None
        return token_of(self.jar.csrf)

    @property
    def path(self) -> str:
        """The address below the host, with its query: what ?next= keeps."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def board(self) -> Board:
        """The newest notices."""
        found: Board = self.request.app.state.board
        return found

    @property
    def renderer(self) -> Renderer:
        """The application's."""
        return renderer(self.request)

    async def ask(self, call: Call[Reply], *, key: str | None = None, within_s: float | None = None) -> Reply:
        """The reply to the caller's own token; a change goes with the key of the form that was sent."""
        own = self.form_sent.key if self.form_sent else None
        return await self.asker.ask(call, key=key or own, within_s=within_s)

    @property
    def form(self) -> Form:
        """The form that was sent; its CSRF token is checked already."""
        if self.form_sent is None:
            raise AppError("VALIDATION")
        return self.form_sent

    def keep(self, jar: Jar) -> None:
        """The jar that the browser gets with the answer."""
        self.jar, self.jar_changed = jar, True

    def layout(self, area: str) -> str:
        """The layout of a whole page, or the bare content for htmx."""
        return "layouts/fragment.html" if self.fragment else f"layouts/{area}.html"

    def render(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:
        """The page (or its content alone, for htmx)."""
        return self.renderer.page(template, status, web=self, layout=self.layout, **content)

    def again(self, template: str, refusal: AppError, **content: Any) -> HTMLResponse:
        """The form once more with the summary and all that was typed, as ``filled``; re-raises what is no such case."""
        if refusal.status not in BACK_ON_THE_FORM or refusal.code == "TOKEN_EXPIRED":
            raise refusal
        filled = Filled.refused(self.form, refusal)
        return self.render(template, refusal.status, filled=filled, refusal=refusal, **content)

    def go(self, address: str) -> Response:
        """To another page after a form: 303, or its counterpart for htmx."""
        if self.fragment:
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


async def check_csrf(web: Web) -> None:
    """Every change carries the token of its page in a field or in X-CSRF-Token. Raises FORBIDDEN."""
    request = web.request
    if request.method not in UNSAFE:
        return
    given = request.headers.get("X-CSRF-Token", "")
    if _is_form(request):
        data = await request.form(max_fields=MOST_FIELDS, max_files=1)
        web.form_sent = Form.of(data)
        given = given or str(data.get(CSRF, ""))
    stored = web.renderer.cookies.read(request)
    if stored is None or not is_token_of(stored.csrf, given):
        raise AppError("FORBIDDEN", "页面已过期，您的操作没有生效。请返回上一页刷新后再提交。")


def _is_form(request: Request) -> bool:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind in {"application/x-www-form-urlencoded", "multipart/form-data"}


def own_path(given: str, otherwise: str) -> str:
    """``given`` when it is a path of this site, never another host."""
    parts = urlsplit(given)
    sound = given.startswith("/") and not given.startswith(("//", "/\\")) and not parts.netloc
    return given if sound and given.isprintable() else otherwise


async def _of(request: Request) -> Web:
    web: Web = request.state.web
    return web


Browser = Annotated[Web, Depends(_of)]

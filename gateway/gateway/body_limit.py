"""How large a body may be, counted while it comes in."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_JSON = 4 << 20
"""Photos come 200 at a time with their cylinders: far below. Files do not come here but for the PDF check."""


class BodyLimit:
    """Refuses with 413 when more bytes come than the address takes."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get(scope["path"], MOST_JSON)
        announced = Headers(scope=scope).get("Content-Length", "0")
        got = int(announced) if announced.isdecimal() and int(announced) > most else 0

        async def counted() -> Message:
            nonlocal got
            if got > most:
                raise HTTPException(413)
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)

"""A form whose page can not be built now: nothing that was typed is lost."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from contracts.errors import AppError
from gateway.web.web import Web


def kept(web: Web, refusal: AppError, labels: dict[str, str]) -> HTMLResponse:
    """A refused form whose page can not be built now: what was typed with the same key, ready to be sent again.

    ``labels``: names of the fields to show; all others travel along unseen.
    """
    return web.again("unit/kept.html", refusal, labels=labels, address=web.request.url.path)

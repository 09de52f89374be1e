"""What a page can do without: a part that can not be had just now leaves a gap instead of the page of an error."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from fastapi.responses import HTMLResponse

from contracts.errors import AppError
from gateway.web.web import Web

Part = TypeVar("Part")
Otherwise = TypeVar("Otherwise")


def passing(fault: AppError) -> bool:
    """Whether it may be gone in a moment: no refusal of what was asked."""
    return fault.status >= 500 or fault.code == "PREPARING"


async def spared(asked: Awaitable[Part], otherwise: Otherwise) -> Part | Otherwise:
    """The reply, or ``otherwise`` while it can not be had. Raises every other refusal."""
    try:
        return await asked
    except AppError as fault:
        if not passing(fault):
            raise
        return otherwise


def kept(web: Web, refusal: AppError, labels: dict[str, str]) -> HTMLResponse:
    """A refused form whose page can not be built now: what was typed with the same key, ready to be sent again.

    ``labels``: names of the fields to show; all others travel along unseen.
    """
    return web.again("unit/kept.html", refusal, labels=labels, address=web.request.url.path)

"""How often visitors may try something. Identity counts, so that a limit holds whichever gateway is asked.

While identity can not count, nobody is refused: whoever checks a certificate must not wait for another service.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from fastapi import Request

from contracts.errors import AppError
from contracts.identity import CountTries, Tries
from gateway.asker import Asker
from gateway.spared import spared

log = structlog.get_logger("gateway.limits")
UNKNOWN = Tries(count=0, seconds_left=0)


@dataclass(frozen=True)
class Limit:
    """``most`` tries of one address in ``window_s`` seconds."""

    what: str
    most: int
    window_s: int

    async def add(self, asker: Asker, request: Request, about: str = "") -> Tries:
        """One more try. Raises TOO_MANY_REQUESTS with ``retry_after`` beyond the limit."""
        return self._within(await self._count(asker, request, about, 1), self.most)

    async def look(self, asker: Asker, request: Request, about: str = "") -> Tries:
        """The tries so far. Raises TOO_MANY_REQUESTS when no further one is allowed."""
        return self._within(await self._count(asker, request, about, 0), self.most - 1)

    def _within(self, tries: Tries, most: int) -> Tries:
        if tries.count > most:
            seconds = max(tries.seconds_left, 1)
            raise AppError("TOO_MANY_REQUESTS", f"操作过于频繁，请{seconds}秒后再试。", retry_after=seconds)
        return tries

    async def _count(self, asker: Asker, request: Request, about: str, add: int) -> Tries:
        who = f"{address_of(request)} {about}".rstrip()
        asked = asker.ask(CountTries(what=self.what, who=who, add=add, window_s=self.window_s))
        tries = await spared(asked, UNKNOWN)
        if tries is UNKNOWN:
            log.warning("tries are not counted", what=self.what)
        return tries


def address_of(request: Request) -> str:
    """The visitor's address, as the proxy in front of the gateway says it."""
    return request.client.host if request.client else ""


WRONG_PROGRESS = Limit("progress-wrong", 30, 600)
"""Pairs of 申请编号 and code that fit nothing, and wrong pictures."""
PICTURE_AFTER = 3
"""So many wrong pairs, then each question needs a picture code (ui.md section 4.1)."""
CYLINDERS = Limit("certificate-cylinder", 10, 60)
"""核对一只气瓶 of one certificate, so that its list can not be harvested (ui.md section 4.6)."""
PICTURES = Limit("captcha", 60, 60)
FILES = Limit("pdf-check", 10, 60)

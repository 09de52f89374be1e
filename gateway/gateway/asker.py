"""Whoever sent the HTTP request, and the one way from a route to a service."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from chassis.tokens import Verifier
from contracts.call import Call, Reply
from contracts.errors import AppError, FieldFault
from gateway.access import Roles
from gateway.services import Services

LONGEST_KEY = 80
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Asker:
    """Asks services with the caller's own token, or as the gateway when nobody signed in.

    ``key`` is the Idempotency-Key of the request, or a new one.
    """

    services: Services
    token: str
    key: str

    async def ask(
        self, request: Call[Reply], *, key: str | None = None, within_s: float | None = None
    ) -> Reply:
        """The typed reply. A change or saga goes with the request's key, unless it has one of its own (``key``)."""
        with_key = None if request.kind == "query" else (key or self.key)
        return await self.services.call(request, token=self.token, key=with_key, within_s=within_s)


def admit(request: Request, roles: Roles, verifier: Verifier, services: Services) -> Asker:
    """The asker, if its role is among ``roles``. Raises TOKEN_EXPIRED, FORBIDDEN, VALIDATION.

    What is open to visitors is asked as the gateway, whoever asks. Visitors share the gateway's account, so a key of
    one could meet that of another: each request gets a new one.
    """
    token = _token(request)
    role = "visitor" if token is None else verifier.caller(token).kind
    if role not in roles:
        raise AppError("FORBIDDEN") if token else AppError("TOKEN_EXPIRED", "您尚未登录，请先登录后再操作。")
    if token is None or "visitor" in roles:
        return Asker(services, services.own_token(), uuid.uuid4().hex)
    return Asker(services, token, _key(request))


def _token(request: Request) -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    found = _BEARER.fullmatch(header.strip())
    if found is None:
        raise AppError("TOKEN_EXPIRED")
    return found[1]


def _key(request: Request) -> str:
    given = request.headers.get("Idempotency-Key", "").strip()
    if len(given) > LONGEST_KEY:
        message = f"Idempotency-Key最长{LONGEST_KEY}个字符，请换一个较短的标识。"
        raise AppError(
            "VALIDATION",
            errors=[FieldFault(field="Idempotency-Key", code="string_too_long", message=message)],
        )
    return given or uuid.uuid4().hex


async def _of(request: Request) -> Asker:
    asker: Asker = request.state.asker
    return asker


Ask = Annotated[Asker, Depends(_of)]

"""Tokens: the identity service signs for accounts, every other process signs as itself; all verify by public keys."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from jwt import InvalidTokenError

from chassis.audit import Actor
from contracts.errors import AppError

ALGORITHM = "EdDSA"
AUDIENCE = "pingzheng"
SERVICE_TOKEN_S = 60
ISSUER_OF_ACCOUNTS = "identity"


@dataclass(frozen=True)
class Caller:
    """Who asks. ``role`` is an account's role, or ``service`` for a process, whose ``id`` is the service's name."""

    id: str
    role: str
    unit_id: str | None = None
    authority_code: str | None = None
    steps: frozenset[str] = field(default_factory=frozenset)
    rights: frozenset[str] = field(default_factory=frozenset)
    session_id: str | None = None

    @property
    def kind(self) -> str:
        """What a call's list of callers names: the role of an account, or the name of a service."""
        return self.id if self.role == "service" else self.role

    @property
    def actor(self) -> Actor:
        """The caller as the audit chain, jobs and events know it."""
        return Actor(self.id, self.role)


class Signer:
    """Signs with the Ed25519 key of one service."""

    def __init__(self, service: str, private_key_file: Path) -> None:
        self.service = service
        self._key = private_key_file.read_text()

    def sign(self, claims: dict[str, Any], seconds: int) -> str:
        """A token of ``claims`` that is good for so many seconds."""
        now = int(time.time())
        body = {**claims, "iss": self.service, "aud": AUDIENCE, "iat": now, "exp": now + seconds}
        return jwt.encode(body, self._key, algorithm=ALGORITHM, headers={"kid": self.service})

    def as_service(self) -> str:
        """A short token with which a process speaks for itself."""
        return self.sign({"sub": self.service, "role": "service"}, SERVICE_TOKEN_S)


class Verifier:
    """Verifies tokens by the public keys in a folder, one ``<service>.pem`` for each signer."""

    def __init__(self, public_keys_dir: Path) -> None:
        self._keys = {path.stem: path.read_text() for path in sorted(public_keys_dir.glob("*.pem"))}

    def caller(self, token: str) -> Caller:
        """The caller that the token names. Raises TOKEN_EXPIRED for any token that is not good (any more)."""
        try:
            signer = jwt.get_unverified_header(token).get("kid", "")
            options: Any = {"require": ["exp", "iat", "iss", "aud", "sub", "role"]}
            claims = jwt.decode(
                token, self._keys[signer], [ALGORITHM], options, audience=AUDIENCE, issuer=signer, leeway=5
            )
        except (InvalidTokenError, KeyError) as fault:
            raise AppError("TOKEN_EXPIRED") from fault
        return _caller(signer, claims)


def _caller(signer: str, claims: dict[str, Any]) -> Caller:
    if claims["role"] == "service":
        if claims["sub"] != signer:  # a process may speak for itself only
            raise AppError("TOKEN_EXPIRED")
        return Caller(signer, "service")
    if signer != ISSUER_OF_ACCOUNTS:
        raise AppError("TOKEN_EXPIRED")
    return Caller(
        id=claims["sub"],
        role=claims["role"],
        unit_id=claims.get("unit_id"),
        authority_code=claims.get("authority_code"),
        steps=frozenset(claims.get("steps", ())),
        rights=frozenset(claims.get("rights", ())),
        session_id=claims.get("sid"),
    )

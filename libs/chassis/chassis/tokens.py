"""Tokens: the identity service signs for accounts, every other process signs as itself; all verify by public keys."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt import InvalidTokenError

from chassis.audit import Actor
from contracts.errors import AppError

ALGORITHM = "EdDSA"
AUDIENCE = "pingzheng"
SERVICE_TOKEN_S = 60
SERVICE_TOKEN_USED_S = 20
"""For so long a process speaks with the same token; what it leaves is longer than any call waits."""
LEEWAY_S = 5
MOST_KNOWN = 2000
"""So many good tokens are remembered: their signatures need no second look, their ends get one each time."""
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
        key = load_pem_private_key(private_key_file.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{private_key_file.name} holds no Ed25519 key")
        self._key = key
        self._own: tuple[float, str] | None = None

    def sign(self, claims: dict[str, Any], seconds: int) -> str:
        """A token of ``claims`` that is good for so many seconds."""
        now = int(time.time())
        body = {**claims, "iss": self.service, "aud": AUDIENCE, "iat": now, "exp": now + seconds}
        return jwt.encode(body, self._key, algorithm=ALGORITHM, headers={"kid": self.service})

    def as_service(self) -> str:
        """A short token with which a process speaks for itself."""
        now = time.monotonic()
        if self._own is None or now - self._own[0] > SERVICE_TOKEN_USED_S:
            self._own = (now, self.sign({"sub": self.service, "role": "service"}, SERVICE_TOKEN_S))
        return self._own[1]


class Verifier:
    """Verifies tokens by the public keys in a folder, one ``<service>.pem`` for each signer."""

    def __init__(self, public_keys_dir: Path) -> None:
        self._keys = {path.stem: _public_key(path) for path in sorted(public_keys_dir.glob("*.pem"))}
        self._known: dict[str, tuple[float, Caller]] = {}

    def caller(self, token: str) -> Caller:
        """The caller that the token names. Raises TOKEN_EXPIRED for any token that is not good (any more)."""
        known = self._known.get(token)
        if known is not None and time.time() < known[0] + LEEWAY_S:
            return known[1]
        claims = self._claims(token)
        caller = _caller(claims["iss"], claims)
        while len(self._known) >= MOST_KNOWN:
            self._known.pop(next(iter(self._known)), None)  # the one that came first
        self._known[token] = (claims["exp"], caller)
        return caller

    def _claims(self, token: str) -> dict[str, Any]:
        options: Any = {"require": ["exp", "iat", "iss", "aud", "sub", "role"]}
        try:
            signer = jwt.get_unverified_header(token).get("kid", "")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys[signer],
                [ALGORITHM],
                options,
                audience=AUDIENCE,
                issuer=signer,
                leeway=LEEWAY_S,
            )
        except (InvalidTokenError, KeyError) as fault:
            raise AppError("TOKEN_EXPIRED") from fault
        return claims


def _public_key(path: Path) -> Ed25519PublicKey:
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{path.name} holds no Ed25519 key")
    return key


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

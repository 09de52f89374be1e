"""Tokens of forms: another one on each page, so that the size of compressed pages tells nothing (BREACH)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_NONCE_BYTES = 12


def token_of(secret: str) -> str:
    """A token that only this site can make for the secret of a jar: ``nonce.mac``."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return f"{nonce}.{_mac(secret, nonce)}"


def is_token_of(secret: str, given: str) -> bool:
    """Whether ``given`` was made for this secret; any earlier token of it is as good."""
    nonce, _, mac = given.partition(".")
    return hmac.compare_digest(mac.encode(), _mac(secret, nonce).encode())


def _mac(secret: str, nonce: str) -> str:
    return hmac.new(secret.encode(), nonce.encode(), hashlib.sha256).hexdigest()

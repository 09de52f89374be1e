"""The cookie of a browser, opened as only the gateway can: for what happens when a session is over."""

from __future__ import annotations

import base64
import json

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import BrowserContext

from local_stack import Stack

COOKIE = "pingzheng"
_PURPOSE = b"pingzheng gateway web cookies"


def end_session(context: BrowserContext, system: Stack) -> None:
    """Takes the tokens out of the cookie, as the gateway does itself when they are good no longer."""
    seal = _seal(system)
    cookie = next(each for each in context.cookies() if each["name"] == COOKIE)
    jar = json.loads(seal.decrypt(cookie["value"].encode()))
    assert jar["access"], "there is a session to end"
    ended = {**jar, "access": "", "refresh": "", "renew_at": 0.0}
    value = seal.encrypt(json.dumps(ended).encode()).decode()
    context.add_cookies(
        [{"name": COOKIE, "value": value, "url": system.base_url, "httpOnly": True, "sameSite": "Lax"}]
    )


def _seal(system: Stack) -> Fernet:
    pem = (system.layout.keys / "private" / "gateway.pem").read_bytes()
    key = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(pem)
    return Fernet(base64.urlsafe_b64encode(key))

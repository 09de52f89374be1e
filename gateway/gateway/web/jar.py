"""The one cookie of the pages: encrypted, so that tokens never reach a script nor anybody who reads a disk."""

from __future__ import annotations

import base64
import dataclasses
import json
import secrets
import time
from dataclasses import dataclass, replace

from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.responses import Response

from contracts.identity import Session
from gateway.site import Site


@dataclass(frozen=True)
class Jar:
    """``csrf`` goes into every form. ``account`` stays when a sign-in ends, so that the same person goes on in place.

    ``renew_at`` is when half of the access token's life is over (seconds since 1970); ``name`` and ``body`` are the
    user name and the unit's or authority's name, as the bar shows them.
    """

    csrf: str
    account: str = ""
    role: str = ""
    name: str = ""
    body: str = ""
    access: str = ""
    refresh: str = ""
    renew_at: float = 0.0

    @classmethod
    def new(cls) -> Jar:
        """Of somebody who was not here before."""
        return cls(csrf=secrets.token_urlsafe(24))

    def signed_in(self, session: Session, body: str) -> Jar:
        """After a sign-in. Another account gets another CSRF token, so pages of the one before can't act for it."""
        account = session.account
        base = self if self.account == account.id else Jar.new()
        named = replace(base, account=account.id, role=account.role, name=account.username, body=body)
        return named.renewed(session)

    def renewed(self, session: Session) -> Jar:
        """With the tokens of a renewed session."""
        return replace(
            self,
            access=session.access_token,
            refresh=session.refresh_token,
            renew_at=time.time() + session.expires_in / 2,
        )

    def ended(self) -> Jar:
        """Without tokens: who it was, and the forms on the screen, stay good for the next sign-in of the same."""
        return replace(self, access="", refresh="", renew_at=0.0)


class Cookies:
    """Reads and writes the jar of a request."""

    def __init__(self, site: Site) -> None:
        self._secure = site.secure
        self.name = "__Host-pingzheng" if site.secure else "pingzheng"
        self._seal = Fernet(base64.urlsafe_b64encode(site.cookie_key))

    def read(self, request: Request) -> Jar | None:
        """None when there is none, or none that this site made."""
        sealed = request.cookies.get(self.name)
        if not sealed:
            return None
        try:
            return Jar(**json.loads(self._seal.decrypt(sealed.encode())))
        except (InvalidToken, TypeError, ValueError):
            return None

    def write(self, response: Response, jar: Jar) -> None:
        """Until the browser is closed; the tokens within end by themselves."""
        sealed = self._seal.encrypt(json.dumps(dataclasses.asdict(jar)).encode()).decode()
        response.set_cookie(self.name, sealed, path="/", secure=self._secure, httponly=True, samesite="lax")

    def forget(self, response: Response) -> None:
        """Takes the cookie away."""
        response.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="lax")

"""A careful client of the public API: a key on every change, and repeats while the system is only out of breath."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, Self

import httpx

Json = dict[str, Any]

PATIENCE_S = 60.0
"""How long one request may be repeated before its refusal counts."""

# What says "not now, the same again later": the answer of a proxy or gateway, never of a rule.
_PASSING_STATUS = frozenset({502, 503, 504})
_PASSING_CODES = frozenset({"BEHIND", "PREPARING", "UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE"})


class Refused(Exception):
    """The system refused with problem+json; ``body`` is all of it."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.body: Json = _problem(response)
        self.code = str(self.body.get("code", ""))
        super().__init__(f"{response.request.method} {response.request.url.path}: {self.status} {self.body}")


class Client:
    """The API at ``base_url`` for one person, or for a visitor when nobody signs in."""

    def __init__(self, base_url: str, username: str = "", password: str = "") -> None:
        self._http = httpx.Client(base_url=base_url, timeout=35, trust_env=False)
        self._login = {"username": username, "password": password}
        self._token = ""
        self.account: Json = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; the session stays until it ends by itself."""
        self._http.close()

    def sign_in(self) -> Json:
        """Opens a session and remembers its token; gives the account."""
        session = self._json(self._patiently("POST", "/api/v1/sessions", json=self._login))
        self._token = session["access_token"]
        self.account = session["account"]
        return self.account

    def get(self, path: str, **params: Any) -> Json:
        """The object at ``path``; raises Refused."""
        return self._json(self._asked("GET", path, params=params or None))

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """Every item of a list, page by page."""
        cursor: Json = {}
        while True:
            page = self.get(path, limit=200, **params, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def send(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """A change: it happens once, however often it has to be sent. Raises Refused."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self._json(self._asked(method, path, json=body, headers=headers))

    def refusal(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Refused:
        """The refusal of a request that must not succeed; AssertionError when it does."""
        try:
            answer = self.get(path) if method == "GET" else self.send(method, path, body, key=key)
        except Refused as refused:
            return refused
        raise AssertionError(f"{method} {path} was not refused: {answer}")

    def raw(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The response as it is (a page, a redirect, a refusal)."""
        return self._asked(method, path, **more)

    def download(self, path: str) -> bytes:
        """What lies behind the redirect at ``path``; the storage gets no token of ours."""
        response = self._asked("GET", path)
        if response.status_code != httpx.codes.FOUND:
            raise Refused(response)
        return fetch(response.headers["location"])

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        response = self._patiently(method, path, **_signed(more, self._token))
        if response.status_code == httpx.codes.UNAUTHORIZED and self._token:
            self.sign_in()
            response = self._patiently(method, path, **_signed(more, self._token))
        return response

    def _patiently(self, method: str, path: str, **more: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_S
        pause = 0.2
        while True:
            try:
                response = self._http.request(method, path, **more)
                if not _is_passing(response) or time.monotonic() > deadline:
                    return response
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 1.5, 1.5)

    def _json(self, response: httpx.Response) -> Json:
        if not response.is_success:
            raise Refused(response)
        if not response.content:
            return {}
        answer: Json = response.json()
        return answer


def fetch(url: str) -> bytes:
    """The file at a presigned address; a storage that is away for a moment is asked again."""
    with Client(url) as visitor:
        response = visitor.raw("GET", url)
    response.raise_for_status()
    return response.content


def upload(ticket: Json, name: str, content: bytes, content_type: str) -> httpx.Response:
    """Posts a file with its ticket: the fields first, then the file; gives the storage's answer."""
    files = {"file": (name, content, content_type)}
    with Client(ticket["url"]) as visitor:
        return visitor.raw("POST", ticket["url"], data=ticket["fields"], files=files)


def _signed(more: Json, token: str) -> Json:
    headers = {**more.get("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    return {**more, "headers": headers}


def _is_passing(response: httpx.Response) -> bool:
    return response.status_code in _PASSING_STATUS or _problem(response).get("code") in _PASSING_CODES


def _problem(response: httpx.Response) -> Json:
    if "json" not in response.headers.get("content-type", "") or response.is_success:
        return {}
    body = response.json()
    return body if isinstance(body, dict) else {}

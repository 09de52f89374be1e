"""An application in this process, with a transport that answers as each test says, and tokens of all roles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI

from chassis import context
from chassis.storage import Storage
from chassis.tokens import Signer, Verifier
from contracts.call import Call
from contracts.errors import AppError
from contracts.identity import CountTries, Tries
from gateway.app import create_app
from gateway.services import Services
from gateway.settings import HttpSettings
from gateway.site import Site

Answerer = Callable[[Call[Any]], Any]
UNTRIED = Tries(count=0, seconds_left=0)


@dataclass(frozen=True)
class Asked:
    """A call as it reached the transport."""

    call: Call[Any]
    token: str
    key: str | None
    request_id: str
    within_s: float | None


@dataclass
class FakeTransport:
    """Remembers every call; answers by its class, else NOT_FOUND. Of limits nobody has tried anything yet."""

    asked: list[Asked] = field(default_factory=list)
    answers: dict[type[Call[Any]], Answerer] = field(default_factory=lambda: {CountTries: lambda _: UNTRIED})
    connected: bool = True

    async def start(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to let go."""

    async def call(
        self, request: Any, *, token: str, key: str | None = None, within_s: float | None = None
    ) -> Any:
        self.asked.append(Asked(request, token, key, context.request_id.get(), within_s))
        answer = self.answers.get(type(request))
        if answer is None:
            raise AppError("NOT_FOUND")
        return answer(request)

    def answer(self, kind: type[Call[Any]], reply: Any) -> None:
        """From now on calls of this kind get ``reply``, or raise it."""

        def give(_: Call[Any]) -> Any:
            if isinstance(reply, Exception):
                raise reply
            return reply

        self.answers[kind] = give


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``<service>.key`` and ``public/<service>.pem`` of identity, gateway and review."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "public").mkdir()
    for service in ("identity", "gateway", "review"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{service}.key").write_bytes(private)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "public" / f"{service}.pem").write_bytes(public)
    return folder


@pytest.fixture(scope="session")
def token_of(keys: Path) -> Callable[..., str]:
    """``token_of("unit")``: an account's token, good for five minutes unless told."""
    signer = Signer("identity", keys / "identity.key")

    def make(role: str, seconds: int = 300) -> str:
        return signer.sign({"sub": f"a-{role}", "role": role, "unit_id": "u-1"}, seconds)

    return make


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture(scope="session")
def settings(keys: Path) -> HttpSettings:
    """Settings that lead nowhere."""
    return HttpSettings.model_validate(
        {
            "pingzheng_env": "test",
            "service": "gateway",
            "process": "gateway-http",
            "amqp_url": "amqp://nobody:nothing@127.0.0.1:1/none",
            "s3_endpoint": "127.0.0.1:1",
            "s3_secure": False,
            "public_s3_endpoint": "http://127.0.0.1:1",
            "s3_access_key": "none",
            "s3_secret_key": "none",
            "s3_bucket": "none",
            "s3_region": "none",
            "private_key_file": keys / "gateway.key",
            "public_keys_dir": keys / "public",
            "health_port": 0,
            "http_port": 0,
            "base_url": "https://verify.pingzheng.example",
        }
    )


@pytest.fixture
def services(transport: FakeTransport, keys: Path) -> Services:
    return Services(transport, Signer("gateway", keys / "gateway.key"))


@pytest.fixture
def app(services: Services, settings: HttpSettings) -> FastAPI:
    verifier = Verifier(settings.public_keys_dir)
    return create_app(services, verifier, Storage(settings), Site.of(settings))


class Browser:
    """Sends requests to the application in this process and waits for the whole answer."""

    def __init__(self, app: FastAPI) -> None:
        self.headers: dict[str, str] = {}
        self._runner = asyncio.Runner()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="https://gateway")

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer; redirects are not followed."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self._runner.run(self._client.request(method, path, headers=headers, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture
def client(app: FastAPI) -> Iterator[Browser]:
    """A browser that is not signed in."""
    browser = Browser(app)
    yield browser
    browser.close()


@pytest.fixture
def unit(client: Browser, token_of: Callable[..., str]) -> Browser:
    """The same, signed in as a using unit."""
    client.headers["Authorization"] = f"Bearer {token_of('unit')}"
    return client

"""What tests of the identity service build on: a seeded database, and calls as the gateway makes them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import argon2
import pytest
from pydantic import BaseModel
from sqlalchemy import RowMapping, Table, select

import chassis.handlers
from chassis import context
from chassis.database import Database
from chassis.handlers import Handlers, Headers
from chassis.tokens import Caller, Signer, Verifier
from contracts.call import Call
from contracts.errors import AppError
from identity import passwords
from identity.directory import CachedDirectory
from identity.hasher import check
from identity.hashing import Verdict
from identity.seed import seed
from identity.service import handlers_of
from identity.tools import Tools

PASSWORD = "Demo-Password-1"
Reply = TypeVar("Reply", bound=BaseModel)


class InProcess:
    """Checks passwords here and now: the pool of helpers has tests of its own."""

    def check(self, stored: str | None, password: str) -> Verdict:
        return Verdict(**check(stored, password))


class Ask(Protocol):
    """``ask(SomeCall(...), token, key)``: the typed reply, or AppError."""

    def __call__(self, request: Call[Reply], token: str = ..., key: str | None = None) -> Reply: ...


@pytest.fixture
def environment(migrated: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """The environment of a process of this service, its database migrated."""
    return migrated("identity")


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """The database with districts, authorities and the accounts of the demo."""
    database = Database(environment["DATABASE_URL"], "identity")
    seed(database, PASSWORD)
    yield database
    database.engine.dispose()


@pytest.fixture
def sign_as(environment: dict[str, str]) -> Callable[[str], Signer]:
    """The signer of any service, for calls in its name."""

    def make(service: str) -> Signer:
        return Signer(service, Path(environment["PRIVATE_KEY_FILE"]).with_name(f"{service}.pem"))

    return make


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of little work, for tests that are about something else. Ask for it before the database."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)


@pytest.fixture
def tools(
    quick_passwords: None, environment: dict[str, str], database: Database, sign_as: Callable[[str], Signer]
) -> Tools:
    """What the use cases work with; the directory is read anew each time."""
    return Tools(database, sign_as("identity"), InProcess(), CachedDirectory(database, fresh_s=0))


@pytest.fixture
def handlers(tools: Tools) -> Handlers:
    """The service's table of methods."""
    return handlers_of(tools)


@pytest.fixture
def verifier(environment: dict[str, str]) -> Verifier:
    """Verifies by the public keys of all services."""
    return Verifier(Path(environment["PUBLIC_KEYS_DIR"]))


@pytest.fixture
def ask(
    handlers: Handlers, database: Database, verifier: Verifier, sign_as: Callable[[str], Signer]
) -> Iterator[Ask]:
    """Makes a call, by default as the gateway; a change gets a new key unless one is given."""
    numbers = itertools.count()

    def call(request: Call[Reply], token: str = "", key: str | None = None) -> Reply:
        from_gateway = token or sign_as("gateway").as_service()
        sent = Headers.read({"token": from_gateway, "idempotency_key": key or f"k{next(numbers)}"})
        method, body = request.method(), request.model_dump(mode="json")
        answer = handlers.answer(method, body, sent, chassis.handlers.Tools(database, verifier))
        if "error" in answer:
            raise AppError.from_wire(answer["error"])
        return request.reply_type().model_validate(answer["result"])  # type: ignore[return-value]  # is Reply

    yield call
    context.deadline.set(None)


@pytest.fixture
def caller_of(verifier: Verifier) -> Callable[[str], Caller]:
    """Who an access token says that its bearer is."""
    return verifier.caller


@pytest.fixture
def rows(database: Database) -> Callable[..., list[RowMapping]]:
    """The rows of a table with these values."""

    def read(table: Table, **where: Any) -> list[RowMapping]:
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        with database.reading() as session:
            return list(session.execute(query).mappings())

    return read

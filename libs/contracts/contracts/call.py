"""A call is its request: a class with the service, the method, the deadline and who may call it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Reply = TypeVar("Reply", bound=BaseModel)
Item = TypeVar("Item", bound=BaseModel)

Kind = Literal["query", "change", "saga"]
"""query reads; change is one transaction of the callee; saga makes several steps and is repeatable by its key."""

Keeps = Literal["reply", "request", "nothing"]

ACCOUNTS = frozenset({"unit", "bureau", "municipal", "admin"})


class Message(BaseModel):
    """Base of all that crosses the bus: unknown fields are ignored, so that fields can be added."""

    model_config = ConfigDict(frozen=True)


class Nothing(Message):
    """The reply of a call that has nothing to say but that it is done."""


class Page(Message, Generic[Item]):
    """One page of a list. ``total`` comes from counters; beyond 10,000 with free filters it is capped."""

    items: list[Item]
    next_cursor: str | None = None
    total: int
    total_capped: bool = False


class PageRequest(Message):
    """Which page: at most 200 items from an opaque cursor."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = None


class Call(Message, Generic[Reply]):
    """Base of all requests.

    ``callers`` are account roles (unit, bureau, municipal, admin), service names, or ``anyone`` (the gateway on
    behalf of a visitor without sign-in). ``timeout`` is the deadline in seconds, if the caller has no nearer one.
    ``keeps`` says what a saga remembers under its key: its ``reply``; only the ``request``, where the reply would be
    stale when it is given again (tickets), so that it is made again; or ``nothing``, where not even the digest of the
    request may be stored (passwords) or the call changes nothing of its caller's.
    """

    service: ClassVar[str]
    kind: ClassVar[Kind] = "query"
    timeout: ClassVar[float] = 5.0
    callers: ClassVar[frozenset[str]]
    keeps: ClassVar[Keeps] = "reply"

    @classmethod
    def method(cls) -> str:
        """The method's name on the bus: the class name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def is_repeatable(cls, key: str | None) -> bool:
        """Whether a caller that does not know if it was heard may ask again: it reads, or its key is kept."""
        return cls.kind == "query" or (key is not None and cls.keeps != "nothing")

    @classmethod
    def reply_type(cls) -> type[BaseModel]:
        """The class of the reply."""
        for base in cls.__mro__:
            metadata = getattr(base, "__pydantic_generic_metadata__", None)
            if metadata and metadata["origin"] is Call:
                reply: type[BaseModel] = metadata["args"][0]
                return reply
        raise TypeError(f"{cls.__name__} names no reply")


class SyncTransport(Protocol):
    """Carries calls of a service, worker or clock, which sign as themselves."""

    def call(self, request: Call[Reply], *, key: str | None = None, timeout: float | None = None) -> Reply:
        """The reply, or the callee's AppError, UPSTREAM_TIMEOUT or UPSTREAM_UNAVAILABLE."""
        ...


def calls_of(service: str) -> Iterator[type[Call[Any]]]:
    """Every declared call of one service (import the service's contract module before)."""
    waiting: list[type[Call[Any]]] = list(Call.__subclasses__())
    while waiting:
        call = waiting.pop()
        waiting.extend(call.__subclasses__())
        if getattr(call, "service", None) == service and "service" in vars(call):
            yield call

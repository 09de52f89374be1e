"""Calls about the dead letters of a service: events that it could not take. Every service answers them, to admins."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from contracts.call import Call, Kind, Message, Page

ADMIN = frozenset({"admin"})
Consumer = Literal["importer", "attachments", "review"]
"""The services that take events."""


class DeadLetter(Message):
    """A parked event. ``payload`` is masked; ``first_seen`` in Unix seconds; ``error`` is what the last try raised."""

    id: str
    queue: str
    type: str
    aggregate_id: str
    sequence: int | None
    error: str
    attempts: int
    first_seen: int | None
    request_id: str
    payload: Any = None


class ListDeadLetters(Call[Page[DeadLetter]]):
    """All of them, the oldest of each queue first, at most ``limit``; ``total`` counts the others too."""

    callers: ClassVar[frozenset[str]] = ADMIN
    timeout: ClassVar[float] = 15.0

    limit: int = Field(default=50, ge=1, le=200)


class ShowDeadLetter(Call[DeadLetter]):
    """One of them. NOT_FOUND."""

    callers: ClassVar[frozenset[str]] = ADMIN
    timeout: ClassVar[float] = 15.0

    id: str = Field(max_length=80)


class ReplayDeadLetter(Call[DeadLetter]):
    """Gives it to its handler again and answers what it was. NOT_FOUND."""

    kind: ClassVar[Kind] = "saga"
    callers: ClassVar[frozenset[str]] = ADMIN
    timeout: ClassVar[float] = 15.0

    id: str = Field(max_length=80)


class DropDeadLetter(Call[DeadLetter]):
    """Throws it away for good and answers what it was. NOT_FOUND."""

    kind: ClassVar[Kind] = "saga"
    callers: ClassVar[frozenset[str]] = ADMIN
    timeout: ClassVar[float] = 15.0

    id: str = Field(max_length=80)


class DeadLetterCalls(NamedTuple):
    """The calls of one service."""

    list: type[ListDeadLetters]
    show: type[ShowDeadLetter]
    replay: type[ReplayDeadLetter]
    drop: type[DropDeadLetter]


@cache
def calls_for(service: str) -> DeadLetterCalls:
    """The same four calls, addressed to this service."""

    def to(call: type[Any]) -> Any:
        named = {"__module__": __name__, "__doc__": call.__doc__, "service": service}
        metaclass: Any = type(call)
        return metaclass(call.__name__, (call,), named)

    return DeadLetterCalls(to(ListDeadLetters), to(ShowDeadLetter), to(ReplayDeadLetter), to(DropDeadLetter))

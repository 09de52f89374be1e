"""How a service answers calls about its dead letters; registered by the entry of every service process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from chassis.database import Database
from chassis.deadletters import noted
from chassis.handlers import Handlers
from chassis.parked import Before, DeadLetters, NotReplayedError
from chassis.tokens import Caller
from contracts.call import Page
from contracts.dead_letters import (
    DeadLetter,
    DropDeadLetter,
    ListDeadLetters,
    ReplayDeadLetter,
    ShowDeadLetter,
    calls_for,
)
from contracts.errors import AppError


def register(handlers: Handlers, letters: DeadLetters, database: Database) -> None:
    """Adds the four calls to the table of a service."""
    calls = calls_for(handlers.service)

    @handlers.query(calls.list)
    def list_dead_letters(request: ListDeadLetters, _: Caller) -> Page[DeadLetter]:
        found = letters.list()
        items = [DeadLetter.model_validate(asdict(each)) for each in found[: request.limit]]
        return Page[DeadLetter](items=items, total=len(found))

    @handlers.query(calls.show)
    def show(request: ShowDeadLetter, _: Caller) -> DeadLetter:
        return _found(letters, request.id)

    @handlers.query(calls.replay)
    def replay(request: ReplayDeadLetter, caller: Caller) -> DeadLetter:
        return _settled(letters, letters.replay, request.id, noted(database, caller.actor, "replay"))

    @handlers.query(calls.drop)
    def drop(request: DropDeadLetter, caller: Caller) -> DeadLetter:
        return _settled(letters, letters.drop, request.id, noted(database, caller.actor, "drop"))


def _found(letters: DeadLetters, letter_id: str) -> DeadLetter:
    found = letters.find(letter_id)
    if found is None:
        raise AppError("NOT_FOUND")
    return DeadLetter.model_validate(asdict(found))


def _settled(
    letters: DeadLetters, settle: Callable[[str, Before], bool], letter_id: str, before: Before
) -> DeadLetter:
    letter = _found(letters, letter_id)
    try:
        if not settle(letter_id, before):
            raise AppError("NOT_FOUND")
    except NotReplayedError as fault:
        raise AppError("UPSTREAM_UNAVAILABLE") from fault
    return letter

"""Calls, events and tables of the probe."""

import time
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Change
from chassis.handlers import Handlers
from chassis.jobs import NewJob
from chassis.tokens import Caller
from contracts.call import Call, Kind, Message, Nothing
from contracts.errors import AppError
from contracts.event import Event

PROBE = MetaData()
counter = Table(
    "counter", PROBE, Column("name", Text, primary_key=True), Column("value", Integer, nullable=False)
)
handlers = Handlers("identity")


class Echo(Call[Message]):
    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    wait_s: float = 0


class Mark(Call[Nothing]):
    """Writes a line when it begins, so that each execution counts, in whatever process and however it ends."""

    service: ClassVar[str] = "identity"
    timeout: ClassVar[float] = 60.0
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    file: str
    name: str = ""
    wait_s: float = 0


class Refuse(Call[Nothing]):
    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    break_down: bool = False


class Count(Call[Nothing]):
    service: ClassVar[str] = "identity"
    kind: ClassVar[Kind] = "change"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    name: str


class Wait(Call[Nothing]):
    service: ClassVar[str] = "identity"
    kind: ClassVar[Kind] = "change"
    timeout: ClassVar[float] = 20.0
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    seconds: float


class NotForReview(Call[Nothing]):
    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"importer"})


class Counted(Event):
    source: ClassVar[str] = "identity"
    type: ClassVar[str] = "probe.counted"
    consumers: ClassVar[tuple[str, ...]] = ("identity",)
    name: str


def add_one(change: Change, name: str) -> None:
    start = insert(counter).values(name=name, value=1)
    change.session.execute(
        start.on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
    )


@handlers.query(Echo)
def echo(request: Echo, _: Caller) -> Message:
    time.sleep(request.wait_s)
    return Message()


@handlers.query(Mark)
def mark(request: Mark, _: Caller) -> Nothing:
    with Path(request.file).open("a") as marks:
        marks.write(f"{request.name}\n")
    time.sleep(request.wait_s)
    return Nothing()


@handlers.query(Refuse)
def refuse(request: Refuse, _: Caller) -> Nothing:
    if request.break_down:
        raise RuntimeError("a secret of the inside")
    raise AppError("STALE", current="accepted")


@handlers.change(Wait)
def wait(change: Change, request: Wait, _: Caller) -> Nothing:
    change.session.execute(text("set local statement_timeout = '20s'"))
    change.session.execute(select(func.pg_sleep(request.seconds)))
    return Nothing()


@handlers.query(NotForReview)
def not_for_review(_: NotForReview, __: Caller) -> Nothing:
    return Nothing()


@handlers.change(Count)
def count(change: Change, request: Count, _: Caller) -> Nothing:
    add_one(change, request.name)
    change.note("counted", f"counter:{request.name}")
    change.emit(Counted(application_id=request.name, name=request.name))
    change.enqueue(NewJob("tally", {"name": request.name}))
    return Nothing()


@handlers.event(Counted)
def heard(change: Change, event: Counted) -> None:
    add_one(change, f"heard {event.name}")

"""The table of a service's methods, and the one way a call takes through them. Knows neither nameko nor the bus."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from chassis import context, idempotency, inbox, metrics, tracing
from chassis.database import Change, Database
from chassis.outage import is_away
from chassis.tokens import Caller, Verifier
from contracts.call import Call, Kind
from contracts.errors import AppError, FieldFault
from contracts.event import Event

Request = TypeVar("Request", bound=Call[Any])
Fact = TypeVar("Fact", bound=Event)
Query = Callable[[Request, Caller], BaseModel]
Changing = Callable[[Change, Request, Caller], BaseModel]
Reaction = Callable[[Change, Fact], None]
log = structlog.get_logger("chassis.handlers")


@dataclass(frozen=True)
class Headers:
    """Beside the request: the caller's token, the request's id and trace, the deadline, the idempotency key."""

    token: str
    request_id: str
    deadline_ms: int
    key: str | None
    traceparent: str = ""

    @classmethod
    def read(cls, headers: Mapping[str, Any]) -> Headers:
        """From the headers of a message, as nameko hands them over (without the ``nameko.`` prefix)."""
        return cls(
            token=str(headers.get("token", "")),
            request_id=str(headers.get("request_id") or context.new_request_id()),
            deadline_ms=int(headers.get("deadline_ms") or (time.time() + 5) * 1000),
            key=headers.get("idempotency_key"),
            traceparent=tracing.accepted(headers.get("traceparent")),
        )


class Handlers:
    """The methods of one service. Each call is checked, authorised, given to its handler, and answered as data."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.calls: dict[str, type[Call[Any]]] = {}
        self._queries: dict[str, Query[Any]] = {}
        self._changes: dict[str, Changing[Any]] = {}
        self._reactions: dict[str, tuple[type[Event], Reaction[Any]]] = {}

    def query(self, call: type[Request]) -> Callable[[Query[Request]], Query[Request]]:
        """Registers a handler that reads, or that makes several steps of its own (a saga)."""

        def register(handler: Query[Request]) -> Query[Request]:
            self._queries[self._declare(call, "query", "saga")] = handler
            return handler

        return register

    def change(self, call: type[Request]) -> Callable[[Changing[Request]], Changing[Request]]:
        """Registers a handler that runs in one transaction, with the idempotency key of the call."""

        def register(handler: Changing[Request]) -> Changing[Request]:
            self._changes[self._declare(call, "change")] = handler
            return handler

        return register

    def event(self, kind: type[Fact]) -> Callable[[Reaction[Fact]], Reaction[Fact]]:
        """Registers a reaction to an event; it runs in one transaction with the note that it happened."""
        if self.service not in kind.consumers:
            raise ValueError(f"{kind.__name__} does not name {self.service} as a consumer")

        def register(reaction: Reaction[Fact]) -> Reaction[Fact]:
            self._reactions[kind.type] = (kind, reaction)
            return reaction

        return register

    def streams(self) -> set[tuple[str, str]]:
        """(source, stream) of all that this service listens to: whole streams, so that a gap is really one."""
        return {(kind.source, kind.type.partition(".")[0]) for kind, _ in self._reactions.values()}

    def take(self, source: str, body: dict[str, Any], headers: Mapping[str, Any], tools: Tools) -> None:
        """Takes one event, once and in its order, and then those that waited for it.

        Raises what a reaction raises: try again.
        """
        copy_context().run(self._take, source, body, headers, tools)

    def _take(self, source: str, body: dict[str, Any], headers: Mapping[str, Any], tools: Tools) -> None:
        event = inbox.Incoming.read(source, body, headers)
        self._begin(event)
        with _span(event), tools.database.changing(event.actor) as change:
            place = inbox.place(change.session, event)
            if place == "next":
                self._react(change, event)
        while place != "early" and self._take_waiting(event, tools):
            pass

    def _take_waiting(self, event: inbox.Incoming, tools: Tools) -> bool:
        with tools.database.engine.connect() as connection:
            if not inbox.somebody_waits(connection, event.source, event.aggregate_id):
                return False
        with ExitStack() as spans, tools.database.changing(event.actor) as change:
            waiting = inbox.next_waiting(change.session, event.source, event.aggregate_id)
            if waiting is None:
                return False
            self._begin(waiting)
            spans.enter_context(_span(waiting))  # ends after the commit, which writes what the reaction tells
            change.actor = waiting.actor
            self._react(change, waiting)
        return True

    def _begin(self, event: inbox.Incoming) -> None:
        context.request_id.set(event.request_id or context.new_request_id())
        context.traceparent.set(event.traceparent)
        context.deadline.set(None)

    def _react(self, change: Change, event: inbox.Incoming) -> None:
        if event.type in self._reactions:
            kind, reaction = self._reactions[event.type]
            reaction(change, _fact(kind, event.body))
        metrics.EVENTS.labels(event.type).inc()
        log.info("event taken", type=event.type, aggregate=event.aggregate_id, sequence=event.sequence)

    def _declare(self, call: type[Call[Any]], *kinds: Kind) -> str:
        if call.kind not in kinds:
            raise ValueError(f"{call.__name__} is a {call.kind}, not a {' or '.join(kinds)}")
        if call.service != self.service:
            raise ValueError(f"{call.__name__} is a call of {call.service}, not of {self.service}")
        self.calls[call.method()] = call
        return call.method()

    def answer(self, method: str, body: dict[str, Any], headers: Headers, tools: Tools) -> dict[str, Any]:
        """``{"result": …}`` or ``{"error": …}``; nothing is raised, whatever happens.

        Deadline and names of the call end with it: the thread that ran it may ask something of its own next.
        """
        return copy_context().run(self._answer, method, body, headers, tools)

    def _answer(self, method: str, body: dict[str, Any], headers: Headers, tools: Tools) -> dict[str, Any]:
        context.request_id.set(headers.request_id)
        context.traceparent.set(headers.traceparent)
        context.deadline.set(headers.deadline_ms / 1000)
        with tracing.span(f"rpc {self.service}.{method}", "SERVER"):
            return self._answer_in_span(method, body, headers, tools)

    def _answer_in_span(
        self, method: str, body: dict[str, Any], headers: Headers, tools: Tools
    ) -> dict[str, Any]:
        begun = time.perf_counter()
        with metrics.timed(metrics.CALL_SECONDS, method, "ok") as outcome:
            try:
                return {"result": self._run(method, body, headers, tools)}
            except AppError as refusal:
                outcome.name = refusal.code
                tracing.current().fail(refusal)
                return {"error": refusal.to_wire()}
            except Exception as fault:  # noqa: BLE001  # told apart, logged and answered in one place
                error = self._unforeseen(method, fault, headers.request_id)
                outcome.name = error.code
                tracing.current().fail(error)
                return {"error": error.to_wire()}
            finally:
                took = round((time.perf_counter() - begun) * 1000, 1)
                log.info("call", method=f"{self.service}.{method}", outcome=outcome.name, duration_ms=took)

    def _unforeseen(self, method: str, fault: Exception, request_id: str) -> AppError:
        """Logged once, here. Whoever shows INTERNAL can name the line in the log by its request."""
        if is_away(fault):
            log.warning("server away", method=f"{self.service}.{method}", fault=type(fault).__name__)
            return AppError("UPSTREAM_UNAVAILABLE")
        log.error("call failed", method=f"{self.service}.{method}", exc_info=fault)
        return AppError("INTERNAL", request_id=request_id)

    def _run(self, method: str, body: dict[str, Any], headers: Headers, tools: Tools) -> dict[str, Any]:
        context.seconds_left(1)  # refuses work whose time is over
        call = self.calls[method]
        caller = tools.verifier.caller(headers.token)
        if caller.kind not in call.callers:
            raise AppError("FORBIDDEN")
        request = _parsed(call, body)
        context.operation.set(f"{caller.id}:{method}:{headers.key}" if headers.key else "")
        if call.kind == "change":
            return self._changed(method, request, caller, headers, tools)

        def run() -> dict[str, Any]:
            return self._queries[method](request, caller).model_dump(mode="json")

        if call.kind == "saga" and call.keeps != "nothing" and headers.key:
            who = (caller.id, method, headers.key)
            asked = request.model_dump(mode="json")
            return idempotency.for_saga(tools.database, who, asked, run, keep_reply=call.keeps == "reply")
        return run()

    def _changed(
        self, method: str, request: Call[Any], caller: Caller, headers: Headers, tools: Tools
    ) -> dict[str, Any]:
        if not headers.key:
            raise AppError("VALIDATION", "缺少Idempotency-Key，请重新提交。")
        with tools.database.changing(caller.actor) as change:

            def run() -> dict[str, Any]:
                return self._changes[method](change, request, caller).model_dump(mode="json")

            who = (caller.id, method, headers.key)
            return idempotency.once(change.session, who, request.model_dump(mode="json"), run)


@dataclass(frozen=True)
class Tools:
    """What answering a call needs."""

    database: Database
    verifier: Verifier


def _span(event: inbox.Incoming) -> AbstractContextManager[tracing.Span]:
    return tracing.span(f"event {event.type}", "CONSUMER")


def _fact(kind: type[Event], body: dict[str, Any]) -> Event:
    try:
        return kind.model_validate(body)
    except ValidationError as fault:  # without the values: they may be personal
        where = [f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in fault.errors()]
        raise inbox.MalformedEventError(f"{kind.type}: {', '.join(where)}") from None


def _parsed(call: type[Call[Any]], body: dict[str, Any]) -> Call[Any]:
    try:
        return call.model_validate(body)
    except ValidationError as fault:
        faults = [
            FieldFault(field=".".join(map(str, e["loc"])), code=e["type"], message=e["msg"])
            for e in fault.errors()
        ]
        raise AppError("VALIDATION", errors=faults) from fault

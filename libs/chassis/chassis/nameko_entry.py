"""The entry of a service process: the only place that patches. Import it first, before anything that opens sockets.

from chassis.nameko_entry import main      # first import of a service's __main__
"""
# ruff: noqa: E402  # the patch must come before every other import

from __future__ import annotations

import os
import warnings

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")  # psycopg's C wait would stall the whole process
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")  # pinned and contained here
    import eventlet
eventlet.monkey_patch()

import logging
import signal
import sys
from typing import Any

import structlog
from nameko.extensions import DependencyProvider
from nameko.runners import ServiceRunner

from chassis import dead_letter_calls, health, logs, tracing
from chassis.database import Database
from chassis.handlers import Handlers, Headers, Tools
from chassis.nameko_parts import SafeRpc, StreamHandler
from chassis.parked import DeadLetters, event_queues_of
from chassis.pool import CALLS_AT_ONCE
from chassis.settings import Settings
from chassis.tokens import Verifier

DRAIN_S = 25.0
FLUSH_S = 4.0
"""What a collector of spans may still get of the time at the end."""
log = structlog.get_logger("chassis.entry")


class _Context(DependencyProvider):  # type: ignore[misc]  # nameko has no types
    """The headers of the message at hand."""

    def get_dependency(self, worker_ctx: Any) -> dict[str, Any]:
        headers: dict[str, Any] = worker_ctx.data
        return headers


def service_class(handlers: Handlers, tools: Tools) -> type:
    """The nameko service of a table of handlers: one thin method for each call and each stream."""
    members: dict[str, Any] = {"name": handlers.service, "headers": _Context()}
    for method in handlers.calls:
        members[method] = SafeRpc.decorator(_call(handlers, method, tools))
    for source, stream in handlers.streams():
        members[f"on_{source}_{stream}"] = StreamHandler.decorator(source, stream)(
            _event(handlers, source, tools)
        )
    for name, member in members.items():
        if callable(member) and not isinstance(member, DependencyProvider):
            member.__name__ = name
    return type(handlers.service.capitalize(), (), members)


def _call(handlers: Handlers, method: str, tools: Tools) -> Any:
    def call(self: Any, request: dict[str, Any]) -> dict[str, Any]:
        return handlers.answer(method, request, Headers.read(self.headers), tools)

    call.__name__ = method
    return call


def _event(handlers: Handlers, source: str, tools: Tools) -> Any:
    def event(self: Any, body: dict[str, Any]) -> None:
        handlers.take(source, body, self.headers, tools)

    return event


def main(handlers: Handlers, settings: Settings, database: Database) -> None:
    """Serves until SIGTERM. Exit code 0 drained, 1 a container died, 3 the time to drain ran out. Does not return."""
    logs.configure(settings.process)
    tracing.start(settings)
    tools = Tools(database, Verifier(settings.public_keys_dir))
    config: dict[str, Any] = {
        "AMQP_URI": settings.amqp_url.get_secret_value(),
        "HEARTBEAT": settings.heartbeat_s,
        "max_workers": CALLS_AT_ONCE,
        "serializer": "json",
        "SERVICE_CONTAINER_CLS": "chassis.nameko_parts.Container",
    }
    letters = DeadLetters(config["AMQP_URI"], event_queues_of(handlers.service))
    dead_letter_calls.register(handlers, letters, database)
    runner = ServiceRunner(config)
    runner.add_service(service_class(handlers, tools))
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopping.append(number))  # only a flag
    started: list[bool] = []

    def consuming() -> None:
        if not started:
            raise RuntimeError("not connected to the broker yet")

    health.serve(settings.health_port, {"database": database.ping, "broker": consuming})
    _leave(_run_until(runner, stopping, started))


def _run_until(runner: Any, stopping: list[int], started: list[bool]) -> int:
    died: list[BaseException] = []

    def run() -> None:
        try:
            runner.start()
            started.append(True)
            runner.wait()
        except BaseException as fault:  # noqa: BLE001  # whatever ended the container ends the process
            died.append(fault)

    eventlet.spawn(run)
    while not stopping and not died:
        eventlet.sleep(0.2)
    if died:
        log.error("container died", exc_info=died[0])
        return 1
    return _drain(runner) if started else 0


def _drain(runner: Any) -> int:
    try:
        with eventlet.Timeout(DRAIN_S):
            runner.stop()
    except eventlet.Timeout:
        log.error("not drained", after_s=DRAIN_S)  # the trace says nothing
        return 3
    return 0


def _leave(code: int) -> None:
    """nameko's own end hangs for ever while the broker is away."""
    with eventlet.Timeout(FLUSH_S, False):  # eventlet's way to say: without raising
        tracing.stop()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)

"""The trace context where no collector is named, and a collector that is away."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from chassis_probe.service import Count, heard
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import select
from tests.fixtures.processes import ready, until

from chassis import context, logs, tables, tracing
from chassis.audit import Actor
from chassis.database import Database
from chassis.inbox import Incoming, next_waiting, place
from chassis.jobs import claim
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.span_export import Patient

TRACE, STEP = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GIVEN = f"00-{TRACE}-{STEP}-01"
PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def traced() -> Iterator[None]:
    token = context.traceparent.set(GIVEN)
    yield
    context.traceparent.reset(token)


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (GIVEN, GIVEN),
        (f"cc-{TRACE}-{STEP}-00-what-may-come", f"00-{TRACE}-{STEP}-00"),
        (f"00-{TRACE}-{STEP}-01-more", ""),
        (f"ff-{TRACE}-{STEP}-01", ""),
        (f"00-{TRACE.upper()}-{STEP}-01", ""),
        (f"00-{'0' * 32}-{STEP}-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (f"{GIVEN}\n", ""),
        ("rubbish", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_only_what_is_a_traceparent_is_taken(header: object, kept: str) -> None:
    assert tracing.accepted(header) == kept


def test_without_a_collector_a_trace_goes_on_to_event_and_job_and_none_is_begun(
    service: object, client: RpcClient, database: Database, traced: None
) -> None:
    client.call(Count(name="with"), key="k-1")
    context.traceparent.set("")
    client.call(Count(name="without"), key="k-2")
    context.traceparent.set("rubbish")
    client.call(Count(name="rubbish"), key="k-3")
    with database.reading() as session:
        told = session.execute(select(tables.outbox.c.headers).order_by(tables.outbox.c.id)).scalars()
        assert [each.get("traceparent") for each in told if each] == [GIVEN, None, None]
    with database.engine.connect() as connection:
        jobs = [claim(connection, ["tally"], "me") for _ in range(3)]
    assert [job and job.traceparent for job in jobs] == [GIVEN, "", ""]


def test_an_event_that_waits_for_its_predecessor_keeps_its_trace(database: Database) -> None:
    def event(sequence: int, traceparent: str) -> Incoming:
        headers = {"type": heard.__name__, "aggregate_id": "probe:a", "sequence": sequence}
        headers |= {"actor_id": "a-1", "actor_role": "unit", "traceparent": traceparent}
        return Incoming.read("identity", {}, headers)

    with database.changing(Actor("a-1", "unit")) as change:
        assert place(change.session, event(2, GIVEN)) == "early"
        assert place(change.session, event(1, "")) == "next"
        waiting = next_waiting(change.session, "identity", "probe:a")
    assert waiting is not None
    assert waiting.traceparent == GIVEN


def test_each_line_of_the_log_names_its_trace(traced: None) -> None:
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        logs.configure("review", stream)
        structlog.get_logger("ours").info("with")
        context.traceparent.set("")
        structlog.get_logger("ours").info("without")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    assert [json.loads(line).get("trace_id") for line in stream.getvalue().splitlines()] == [TRACE, None]


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    code = (
        "import sys; from chassis import tracing, handlers, rpc, worker\n"
        "with tracing.span('a', 'CLIENT') as span: span.tell(a=1)\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


class _Away(InMemorySpanExporter):
    """Gets nothing through until it is told otherwise."""

    tries = 0
    answer = SpanExportResult.FAILURE

    def export(self, _: object) -> SpanExportResult:
        self.tries += 1
        return self.answer


def test_a_collector_that_is_away_is_told_once_and_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("chassis.span_export.time.monotonic", lambda: now[0])
    away = _Away()
    exporter = Patient(away)
    with structlog.testing.capture_logs() as told:
        for second in (0, 1, 9, 12, 13):
            now[0] = 100.0 + second
            assert exporter.export([]) is SpanExportResult.FAILURE
        assert away.tries == 2
        now[0], away.answer = 130.0, SpanExportResult.SUCCESS
        assert exporter.export([]) is SpanExportResult.SUCCESS
    assert [line["log_level"] for line in told] == ["warning", "info"]


def test_a_collector_that_never_answers_holds_up_neither_calls_nor_the_end(
    probe: dict[str, str], settings: Settings, client: RpcClient, tmp_path: Path
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, (tmp_path / "log").open("wb") as log:
        path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
        more = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "PYTHONPATH": path,
        }
        command = [sys.executable, "-m", "chassis_probe"]
        process = subprocess.Popen(command, env={**os.environ, **probe, **more}, stdout=log)
        until(lambda: ready(settings.health_port))
        until(lambda: _answers(client))
        with closing(silent.accept()[0]):  # the first batch is on its way, and nobody takes it
            begun = time.monotonic()
            for number in range(20):
                client.call(Count(name="a"), key=f"k-{number}", timeout=2)
            assert time.monotonic() - begun < 10
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert time.monotonic() - begun < 8
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["level"] for line in lines if line["logger"].startswith(("chassis.tracing", "opentel"))] == [
        "warning"
    ]


def _answers(client: RpcClient) -> bool:
    try:
        client.call(Count(name="first"), key="first", timeout=2)
    except Exception:  # noqa: BLE001  # not on the bus yet
        return False
    return True

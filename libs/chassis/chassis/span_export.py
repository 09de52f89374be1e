"""Spans to a collector by OTLP over HTTP. Imported only where the settings name one.

A collector that is away costs nothing but its spans: they are dropped, one warning is logged, and the end of the
process waits for no more than one try.
"""

from __future__ import annotations

import atexit
import logging
import time
from collections.abc import Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer

from chassis.settings import ProcessSettings

EXPORT_S = 2.0
"""The longest that one batch may take, tries included."""
EVERY_MS = 1000
AWAY_S = 10.0
"""So long after a failure nothing is tried."""
log = structlog.get_logger("chassis.tracing")
_provider: TracerProvider | None = None


class Patient(SpanExporter):
    """Gives spans to another exporter, and drops them while that gets nothing through."""

    def __init__(self, to: SpanExporter) -> None:
        self._to = to
        self._away_until: float | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._away_until is not None and time.monotonic() < self._away_until:
            return SpanExportResult.FAILURE
        result = self._to.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._note_success()
        else:
            self._note_failure()
        return result

    def _note_success(self) -> None:
        if self._away_until is not None:
            log.info("collector of spans is back")
        self._away_until = None

    def _note_failure(self) -> None:
        if self._away_until is None:
            log.warning("collector of spans away: spans are dropped until it is back")
        self._away_until = time.monotonic() + AWAY_S

    def shutdown(self) -> None:
        self._to.shutdown()


def tracer(settings: ProcessSettings) -> Tracer:
    """Makes the exporter of this process, which a normal end of the process stops."""
    global _provider  # one for the process
    # Each failed try, and each span that found the queue full, would be a line; we say it once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    address = f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"
    names = {"service.name": settings.service, "service.instance.id": settings.process}
    _provider = TracerProvider(resource=Resource.create(names), shutdown_on_exit=False)
    exporter = Patient(OTLPSpanExporter(address, timeout=EXPORT_S))
    _provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EVERY_MS))
    atexit.register(stop)
    return _provider.get_tracer("pingzheng")


def stop() -> None:
    """Sends what is left, in about ``EXPORT_S``; for those who leave without ``atexit`` too."""
    if _provider is not None:
        _provider.shutdown()

"""The trace that the work at hand belongs to: W3C traceparent, and spans for a collector when one is named.

``context.traceparent`` travels wherever ``context.request_id`` does. Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of
OpenTelemetry is imported and no trace is begun: what came is passed on and logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

from chassis import context
from contracts.errors import AppError

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context

    from chassis.settings import ProcessSettings

Kind = Literal["SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
_FORM = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?P<rest>(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?P<more>-.*)?"
)
_tracer: trace.Tracer | None = None


def accepted(header: object) -> str:
    """The traceparent as it is passed on; "" for what is none. A later version may have more fields, which are left."""
    found = _FORM.fullmatch(header) if isinstance(header, str) else None
    if found is None or (found["version"] == "00" and found["more"]):
        return ""
    return f"00-{found['rest']}"


class Span:
    """A step of the trace. Takes names, codes and numbers: never a body, never anything about a person."""

    def __init__(self, span: trace.Span | None) -> None:
        self._span = span

    def rename(self, name: str) -> None:
        """For a name that is known only at the end, such as the template of a route."""
        if self._span is not None:
            self._span.update_name(name)

    def tell(self, **facts: str | int) -> None:
        """Adds attributes; ``_`` stands for the dot: ``http_route``."""
        if self._span is not None:
            self._span.set_attributes({name.replace("_", ".", 1): value for name, value in facts.items()})

    def refuse(self, code: str) -> None:
        """Ends in an error with a registered code."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode

            self._span.set_status(StatusCode.ERROR, code)
            self._span.set_attribute("error.type", code)

    def fail(self, fault: BaseException) -> None:
        """The same; of what nobody foresaw only the class is told, for its text may name a person."""
        self.refuse(fault.code if isinstance(fault, AppError) else "INTERNAL")
        if not isinstance(fault, AppError):
            self.tell(exception_type=type(fault).__name__)


_OFF = Span(None)
_current: ContextVar[Span] = ContextVar("span", default=_OFF)


def current() -> Span:
    """The span of the work at hand."""
    return _current.get()


@contextmanager
def span(name: str, kind: Kind) -> Iterator[Span]:
    """A step below ``context.traceparent``, which names the step itself until it ends; what is raised is an error."""
    if _tracer is None:
        yield _OFF
        return
    begun = _begin(_tracer, name, kind)
    step = Span(begun)
    here, parent = _current.set(step), context.traceparent.set(_header(begun))
    try:
        yield step
    except Exception as fault:
        step.fail(fault)
        raise
    finally:
        context.traceparent.reset(parent)
        _current.reset(here)
        begun.end()


def start(settings: ProcessSettings) -> None:
    """To be called once by each process: sends its spans when the settings name a collector."""
    global _tracer  # one for the process, as its logs are
    if settings.otel_exporter_otlp_endpoint:
        from chassis.span_export import tracer

        _tracer = tracer(settings)


def stop() -> None:
    """Sends what is left; for a process that leaves without ``atexit``."""
    if _tracer is not None:
        from chassis.span_export import stop as stop_export

        stop_export()


def _begin(tracer: trace.Tracer, name: str, kind: Kind) -> trace.Span:
    from opentelemetry.trace import SpanKind

    attributes = {"pingzheng.request_id": context.request_id.get()}
    return tracer.start_span(name, _parent(), SpanKind[kind], attributes)


def _parent() -> Context:
    """Ours alone: the library's own idea of the current span is not used."""
    from opentelemetry import trace
    from opentelemetry.context import Context

    given = context.traceparent.get()
    if not given:
        return Context()
    _, trace_id, span_id, flags = given.split("-")
    known = trace.SpanContext(int(trace_id, 16), int(span_id, 16), True, trace.TraceFlags(int(flags, 16)))
    return trace.set_span_in_context(trace.NonRecordingSpan(known), Context())


def _header(begun: trace.Span) -> str:
    known = begun.get_span_context()
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"

"""JSON logs, one object a line on standard output, each with the process, the request's id and its trace."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from chassis import context

_SECRET_KEYS = re.compile(r"password|token|secret|authorization|otp|activation_code", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def _mask(value: object) -> object:
    return _PHONE.sub(r"\1****\2", value) if isinstance(value, str) else value


def hide_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drops secrets by their names and masks mobile numbers wherever they stand (domain.md section 16)."""
    return {k: "[hidden]" if _SECRET_KEYS.search(k) else _mask(v) for k, v in event.items()}


def _add_request(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.setdefault("request_id", context.request_id.get())
    if given := context.traceparent.get():
        event.setdefault("trace_id", given.split("-")[1])
    return event


def configure(process: str, stream: Any = None) -> None:
    """Sends the logs of our code and of the libraries through one JSON renderer."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        _add_request,
        structlog.processors.format_exc_info,
        hide_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _name(process), renderer],
    )
    # No line says where in the code, in which thread or process it was written; under eventlet looking it up takes a
    # third of the time of a line (the logging HOWTO describes these switches).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def _name(process: str) -> structlog.typing.Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"process": process, **event}

    return add

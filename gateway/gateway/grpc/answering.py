"""What surrounds every method: request id, deadline, a line in the log, and a status whatever happens."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc
import structlog
from pydantic import ValidationError

from chassis import context, tracing
from contracts.errors import AppError
from gateway.faults import faults_of
from gateway.frame import WELL_FORMED_ID
from gateway.grpc.statuses import DETAILS_KEY, details_of, status_of

Answer = TypeVar("Answer")
Asked = grpc.aio.ServicerContext[Any, Any]
REQUEST_ID_KEY = "x-request-id"
log = structlog.get_logger("gateway.grpc")


async def answering(method: str, asked: Asked, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of ``work`` within the client's deadline; a refusal ends the call with its status."""
    _enter(asked)
    begun = time.perf_counter()
    with tracing.span(method, "SERVER") as span:
        outcome = await _outcome(method, work)
        if isinstance(outcome, AppError):
            span.fail(outcome)
        code = outcome.code if isinstance(outcome, AppError) else "OK"
        spent = round((time.perf_counter() - begun) * 1000, 1)
        log.info("call", method=method, code=code, duration_ms=spent)
    if isinstance(outcome, AppError):
        metadata = ((DETAILS_KEY, details_of(outcome)), (REQUEST_ID_KEY, context.request_id.get()))
        await asked.abort(status_of(outcome), outcome.detail, metadata)
    return outcome


async def _outcome(method: str, work: Callable[[], Awaitable[Answer]]) -> Answer | AppError:
    try:
        return await work()
    except AppError as refusal:
        return refusal
    except ValidationError as fault:
        return AppError("VALIDATION", errors=faults_of(fault.errors()))
    except Exception:
        log.exception("call failed", method=method)
        return AppError("INTERNAL")


def _enter(asked: Asked) -> None:
    metadata = dict(asked.invocation_metadata() or ())
    given = metadata.get(REQUEST_ID_KEY, "")
    context.request_id.set(given if WELL_FORMED_ID.fullmatch(given) else context.new_request_id())
    context.traceparent.set(tracing.accepted(metadata.get("traceparent")))
    context.deadline.set(_until(asked.time_remaining()))


def _until(left_s: float | None) -> float | None:
    """When the client gives up; None (which the stubs leave out) when it never does."""
    return None if left_s is None else time.time() + left_s

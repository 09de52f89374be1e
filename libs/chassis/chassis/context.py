"""What travels with the work at hand: the request's id and trace, its deadline, and whether a transaction is open."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from contracts.errors import AppError

request_id: ContextVar[str] = ContextVar("request_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
"""The step of a trace that the work at hand belongs to (W3C Trace Context), "" when nobody began one."""
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""Unix time in seconds by which the caller wants an answer."""
operation: ContextVar[str] = ContextVar("operation", default="")
"""Names a change that is asked for with a key: account, method and key."""
_OPERATIONS = uuid.UUID("5d0a3f0e-6f0b-5b57-9d5e-0b6d5a3c7a11")
_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


class InsideTransactionError(RuntimeError):
    """A call, a storage access or a publish was tried while a database transaction is open: a fault of the code."""


def new_request_id() -> str:
    """An id for work that nobody has named yet."""
    return uuid.uuid4().hex


def names() -> dict[str, str]:
    """What goes beside a message: the request's id, and the traceparent where there is one."""
    trace = {"traceparent": traceparent.get()} if traceparent.get() else {}
    return {"request_id": request_id.get(), **trace}


def operation_id(part: str = "") -> uuid.UUID:
    """An id for what the call at hand makes (of its ``part``): the same for every repeat with the same key."""
    named = operation.get()
    return uuid.uuid5(_OPERATIONS, f"{named}:{part}" if part else named) if named else uuid.uuid4()


def seconds_left(at_most: float) -> float:
    """The time that a further call may take: its own limit or what the caller has left, whichever is nearer.

    Raises UPSTREAM_TIMEOUT when the caller's time is over.
    """
    until = deadline.get()
    left = at_most if until is None else min(at_most, until - time.time())
    if left <= 0:
        raise AppError("UPSTREAM_TIMEOUT")
    return left


@contextmanager
def transaction_open() -> Iterator[None]:
    """Marks that a transaction is open, so that ``leave_process`` can refuse."""
    token = _in_transaction.set(True)
    try:
        yield
    finally:
        _in_transaction.reset(token)


def leave_process(what: str) -> None:
    """To be called before any RPC, storage access or publish: never while a transaction holds its locks."""
    if _in_transaction.get():
        raise InsideTransactionError(f"{what} inside a database transaction")

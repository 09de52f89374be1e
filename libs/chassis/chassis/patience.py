"""Storage or a peer that is away for some minutes is waited for: a job has three attempts, for faults of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from chassis.storage import NotStoredError
from chassis.worker import Keeper
from contracts.errors import AppError

Result = TypeVar("Result")
LONGEST_S = 600.0
PAUSES_S = (0.5, 1.0, 2.0, 5.0)
log = structlog.get_logger("chassis.patience")


def patiently(do: Callable[[], Result], keeper: Keeper, longest_s: float = LONGEST_S) -> Result:
    """The result of ``do``, tried again while what it asks is away. ``do`` must only ask storage or a peer.

    Raises NotStoredError and refusals at once, the last fault after ``longest_s``, LeaseLostError or StoppingError
    when the worker may not go on.
    """
    until = time.monotonic() + longest_s
    tries = 0
    while True:
        keeper.check()
        try:
            return do()
        except NotStoredError:
            raise
        except Exception as fault:
            if (isinstance(fault, AppError) and fault.status < 500) or time.monotonic() >= until:
                raise
            log.warning("away, tried again", fault=f"{type(fault).__name__}: {fault}"[:200])
        time.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
        tries += 1

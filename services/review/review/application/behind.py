"""Waiting for a service that has not heard of the newest cylinders yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from chassis import context
from contracts.errors import AppError

Answer = TypeVar("Answer")
BEHIND_PAUSES_S = (0.2, 0.3, 0.5, 1.0)
RESERVE_S = 4.0
"""What is kept of the deadline for what comes after, taking back the seals of a submission, say."""


def when_known(ask: Callable[[], Answer]) -> Answer:
    """The answer, asked for again while it is BEHIND and there is time; then that refusal."""
    pauses = iter(BEHIND_PAUSES_S)
    while True:
        try:
            return ask()
        except AppError as refusal:
            if refusal.code != "BEHIND" or context.seconds_left(60.0) < RESERVE_S:
                raise
        time.sleep(next(pauses, BEHIND_PAUSES_S[-1]))

"""What a step of the demo says when the system did not give what it must."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


class StepFailed(Exception):
    """The system answered something else than the guide promises; the message says what and where."""


def expect(what: str, actual: object, wanted: object) -> None:
    """Raises StepFailed unless both are equal."""
    if actual != wanted:
        raise StepFailed(f"{what}: wanted {wanted!r}, got {actual!r}")


def require(what: str, holds: object) -> None:
    """Raises StepFailed unless ``holds`` is truthy."""
    if not holds:
        raise StepFailed(what)


def wait_for(
    what: str, ask: Callable[[], Value], done: Callable[[Value], object], seconds: float = 120
) -> Value:
    """Ask until the answer is as wanted, and give that answer; StepFailed with the last one after ``seconds``."""
    deadline = time.monotonic() + seconds
    pause = 0.1
    while not done(answer := ask()):
        if time.monotonic() > deadline:
            raise StepFailed(f"{what}: not within {seconds:.0f} s, the last answer was {answer!r}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.5)
    return answer

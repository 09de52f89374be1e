"""What is away for a moment is waited for; what will not change by waiting is told at once."""

from typing import Any

import pytest

from chassis import patience
from chassis.jobs import LeaseLostError
from chassis.storage import NotStoredError
from contracts.errors import AppError


class Held:
    """A keeper whose lease lasts for so many looks."""

    def __init__(self, looks: int = 1000) -> None:
        self.looks = looks

    def check(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise LeaseLostError


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.001,))


def tries(fault: Exception, until: int, keeper: Any = None) -> int:
    """How often it was tried: it fails with this fault until then."""
    done: list[int] = []
    held: Any = keeper or Held()

    def ask() -> int:
        done.append(1)
        if len(done) < until:
            raise fault
        return len(done)

    try:
        return patience.patiently(ask, held, 2)
    except type(fault):
        return len(done)


@pytest.mark.parametrize("fault", [ConnectionError("away"), AppError("UPSTREAM_UNAVAILABLE")])
def test_what_is_away_is_asked_again(fault: Exception) -> None:
    assert tries(fault, 4) == 4


@pytest.mark.parametrize("fault", [NotStoredError("key"), AppError("NOT_FOUND")])
def test_what_waiting_does_not_change_is_told_at_once(fault: Exception) -> None:
    assert tries(fault, 4) == 1


def test_a_worker_that_lost_its_job_waits_no_longer() -> None:
    with pytest.raises(LeaseLostError):
        tries(ConnectionError("away"), 1000, Held(3))

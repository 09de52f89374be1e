"""What the tests of this folder share: journeys. The system and its people are in tests/fixtures/systems.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.steps import Done, walk


@dataclass(frozen=True)
class Walked:
    """A journey that has reached its certificate, and its steps."""

    journey: Journey
    steps: list[Done]


@pytest.fixture(scope="session")
def walked(people: People) -> Walked:
    """The whole way of the guide with 40 cylinders, half of them spoilt at first."""
    journey = Journey.start(people, count=40, faulty=20)
    return Walked(journey, list(walk(journey)))


@pytest.fixture
def new_journey(people: People) -> Callable[..., Journey]:
    """Starts another application with sound cylinders of its own."""

    def make(count: int = 3, **more: str) -> Journey:
        return Journey.start(people, count=count, faulty=0, **more)

    return make

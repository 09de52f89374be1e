"""A system of its own, and what an undisturbed journey through it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.running import running
from tests.e2e.steps import walk
from tests.resilience.outcome import outcome

from local_stack import Stack

COUNT, FAULTY = 12, 3


@pytest.fixture(scope="session")
def system() -> Iterator[Stack]:
    """The whole system below ``.run/resilience``."""
    with running("resilience") as stack:
        yield stack


@dataclass(frozen=True)
class Undisturbed:
    """Seconds of each step, and what came of it."""

    seconds: dict[str, float]
    outcome: dict[str, Any]


@pytest.fixture(scope="session")
def undisturbed(system: Stack) -> Undisturbed:
    with closing(People(system)) as people:
        journey = Journey.start(people, COUNT, FAULTY)
        seconds = {step.name: step.seconds for step in walk(journey)}
        return Undisturbed(seconds, outcome(journey))


@pytest.fixture
def journey(system: Stack) -> Iterator[Journey]:
    """Another one of the same size, with cylinders and sessions of its own."""
    with closing(People(system)) as people:
        yield Journey.start(people, COUNT, FAULTY)

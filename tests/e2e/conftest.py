"""One running system for all tests of this folder, and the people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.running import running
from tests.e2e.steps import Done, walk

from local_stack import Stack


@pytest.fixture(scope="session")
def system() -> Iterator[Stack]:
    """The whole system below ``.run/e2e``."""
    with running("e2e") as stack:
        yield stack


@pytest.fixture(scope="session")
def people(system: Stack) -> Iterator[People]:
    """Everybody, each signed in once."""
    with closing(People(system)) as everybody:
        yield everybody


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

"""kill -9 of any one process at a random moment of each step changes nothing of the result."""

from __future__ import annotations

import pytest
from tests.e2e.journey import Journey
from tests.e2e.steps import STEPS, walk
from tests.resilience.conftest import Undisturbed
from tests.resilience.killing import SEEDS, Killer
from tests.resilience.outcome import outcome

from local_stack import Stack
from local_stack.processes import process_table

pytestmark = [pytest.mark.resilience, pytest.mark.slow, pytest.mark.servers]

PROCESSES = [process.name for process in process_table({})]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("process", PROCESSES)
def test_the_way_gives_the_same_when_a_process_is_killed_in_every_step(
    system: Stack, undisturbed: Undisturbed, journey: Journey, process: str, seed: int
) -> None:
    killer = Killer(system, process, seed, undisturbed.seconds)
    done = [step.name for step in walk(journey, killer.around)]
    assert done == [name for name, _ in STEPS]
    assert len(killer.killed) >= len(STEPS) // 4, (
        f"{process} has to be killed, not to be away: {killer.killed}"
    )
    assert outcome(journey) == undisturbed.outcome
    system.wait_ready()

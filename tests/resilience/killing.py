"""Ending one process by SIGKILL at a random moment of each step."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from local_stack import Stack

# A step that is over in no time still has moments: those just after it belong to the next one.
_SHORTEST_S = 0.05


@dataclass
class Killer:
    """Kills ``process`` once in each step, at a moment drawn by ``seed`` within the step's usual time.

    ``usual`` is how many seconds each step takes undisturbed; ``killed`` names the steps in which it happened.
    """

    stack: Stack
    process: str
    seed: int
    usual: Mapping[str, float]
    killed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.process}:{self.seed}")

    @contextmanager
    def around(self, step: str) -> Iterator[None]:
        """While the step runs its moment comes; if the step is quicker, right after it."""
        over = threading.Event()
        moment = self._random.uniform(0, max(self.usual[step], _SHORTEST_S))
        thread = threading.Thread(target=self._kill_at, args=(step, moment, over), name="killer")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _kill_at(self, step: str, moment: float, over: threading.Event) -> None:
        over.wait(moment)
        if pid := self._pid():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return  # it was just being started again
            self.killed.append(step)

    def _pid(self) -> int:
        """The pid of the process, 0 while supervisor starts it again after the last time."""
        alive = ("running", "starting")
        states = {state.name: state for state in self.stack.supervisor.states() if state.state in alive}
        return states[self.process].pid if self.process in states else 0

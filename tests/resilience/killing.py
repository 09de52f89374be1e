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
from local_stack.health import wait_until_ready

SEEDS = (1, 2, 3)
# A step that is over in no time still has moments.
_SHORTEST_S = 0.05
_READY_S = 60


@dataclass
class Killer:
    """Kills ``process`` at a moment of each step that is drawn by ``seed`` within the step's usual time.

    ``usual`` is how many seconds each step takes undisturbed. A process needs some seconds to come back, so it may
    still be away when the moment of the next step comes: then there is nothing to kill. Each seed has its own third
    of the steps (``surely``) that begin only when the process works again, so that all seeds together hit every step.
    """

    stack: Stack
    process: str
    seed: int
    usual: Mapping[str, float]
    killed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.process}:{self.seed}")
        self.surely = list(self.usual)[SEEDS.index(self.seed) :: len(SEEDS)]

    @contextmanager
    def around(self, step: str) -> Iterator[None]:
        """While the step runs its moment comes; if the step is quicker, right after it."""
        moment = self._random.uniform(0, max(self.usual[step], _SHORTEST_S))
        if step in self.surely:
            ports = {self.process: self.stack.health_port(self.process)}
            wait_until_ready(ports, self.stack.layout.log, _READY_S)
        over = threading.Event()
        thread = threading.Thread(target=self._kill_at, args=(step, moment, over), name="killer")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _kill_at(self, step: str, moment: float, over: threading.Event) -> None:
        over.wait(moment)
        pid = self._pid(even_starting=step in self.surely)
        if pid and _killed(pid):
            self.killed.append(step)

    def _pid(self, *, even_starting: bool) -> int:
        """The pid, 0 while it is away. Supervisor calls a process starting for two seconds, ready or not."""
        alive = ("running", "starting") if even_starting else ("running",)
        found = (state for state in self.stack.supervisor.states() if state.name == self.process)
        return next((state.pid for state in found if state.state in alive), 0)


def _killed(pid: int) -> bool:
    """False when supervisor has not noticed yet that the process is gone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True

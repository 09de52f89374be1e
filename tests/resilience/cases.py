"""Fault cases: what is done to the running system under load, and what must be so afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from tests.e2e.checking import StepFailed, wait_for
from tests.resilience.invariants import look, opened
from tests.resilience.load import Load
from tests.resilience.sagas import SUBMISSIONS, CutSubmission
from tests.resilience.wired import wired

from local_stack import Stack
from local_stack.install import rabbitmq_server
from local_stack.processes import process_table

AWAY_S = 3.0
SETTLED_S = 90.0
MORE_THAN_ANY_DISK = "100000GB"
SERVERS = ("postgres", "rabbitmq", "minio")
Fault = Callable[[Stack], None]


@dataclass(frozen=True)
class Case:
    """A fault that is over when ``do`` returns; ``prepare`` comes before the load begins."""

    name: str
    do: Fault
    prepare: Fault = lambda _: None


@dataclass(frozen=True)
class Result:
    """How a case ended; ``recovered_s`` from the end of the fault to the first whole operation begun after it."""

    name: str
    operations: int
    recovered_s: float
    faults: list[str]

    def __str__(self) -> str:
        end = "ok" if not self.faults else f"FAILED {'; '.join(self.faults)[:600]}"
        return (
            f"{self.name:<40} recovered in {self.recovered_s:5.1f} s  {self.operations:4} operations  {end}"
        )


def _pid(stack: Stack, name: str) -> int:
    return next(state.pid for state in stack.supervisor.states() if state.name == name)


def _killed(name: str) -> Case:
    return Case(f"kill -9 {name}", lambda stack: os.kill(_pid(stack, name), signal.SIGKILL))


def _stopped(name: str) -> Case:
    def do(stack: Stack) -> None:
        stack.supervisor.stop([name])
        time.sleep(AWAY_S)
        stack.supervisor.restart([name])
        stack.backing.wait()

    return Case(f"stop and start {name}", do)


def _frozen(name: str) -> Case:
    """The process neither answers nor ends: what a network that swallows everything looks like to the others."""

    def do(stack: Stack) -> None:
        pid = _pid(stack, name)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(AWAY_S)
        os.kill(pid, signal.SIGCONT)

    return Case(f"freeze {name}", do)


def _cut(name: str) -> Case:
    """Every connection of our processes to the server is reset, and nobody gets a new one."""

    def do(stack: Stack) -> None:
        wire = wired(stack).wires[name]
        wire.cut()
        time.sleep(AWAY_S)
        wire.mend()

    return Case(f"cut the network to {name}", do)


def _cut_submission(name: str, points: tuple[str, ...]) -> Case:
    saga = CutSubmission(points)
    return Case(f"submission cut: {name}", saga.cut, saga.prepare)


def _alarm(stack: Stack) -> None:
    """The broker's disk is full, it says: publishers are blocked until there is room again."""
    rabbitmqctl = rabbitmq_server().with_name("rabbitmqctl")
    for limit in (MORE_THAN_ANY_DISK, "200MB"):
        command = [str(rabbitmqctl), "set_disk_free_limit", limit]
        environment = {**os.environ, **stack.backing.rabbitmq.environment()}  # type: ignore[union-attr]  # a private one
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
        time.sleep(AWAY_S if limit == MORE_THAN_ANY_DISK else 0)


def _cases() -> Iterator[Case]:
    for server in SERVERS:
        yield _stopped(server)
        yield _killed(server)
        yield _frozen(server)
        yield _cut(server)
    yield Case("disk alarm of the broker", _alarm)
    for process in process_table({}):
        yield _killed(process.name)
    for name, points in SUBMISSIONS.items():
        yield _cut_submission(name, points)


CASES = tuple(_cases())


def run_case(stack: Stack, case: Case) -> Result:
    """Load, the fault, recovery, rest; then nothing may be lost or done twice."""
    case.prepare(stack)
    load = Load(stack)
    load.start()
    time.sleep(1)
    faults: list[str] = []
    try:
        case.do(stack)
        over = time.monotonic()
        wait_for("work goes on", lambda: load.recovered(over), lambda found: found is not None, SETTLED_S)
        stack.wait_ready()
    except Exception as fault:  # noqa: BLE001  # whatever it is, it is told in the line of the case
        faults.append(f"{type(fault).__name__}: {fault}"[:300])
        over = time.monotonic()
    finally:
        load.stop()
    faults += [*load.faults, *_lost_or_twice(stack, load), *_at_rest(stack)]
    return Result(case.name, len(load.done), load.recovered(over) or 0.0, faults)


def _at_rest(stack: Stack) -> list[str]:
    """What breaks the invariants when there was time for everything to arrive."""
    last: list[str] = []

    def ask() -> bool:
        last[:] = [f"{name}: {found[0]}" for name, found in look(stack).items() if found]
        return not last

    try:
        wait_for("the invariants hold", ask, bool, SETTLED_S)
    except StepFailed:
        return last
    return []


def _lost_or_twice(stack: Stack, load: Load) -> list[str]:
    """Each answered application is there, withdrawn; and there is no other one of these moments."""
    known = text("select id, state from application where id in :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    others = text(
        "select id from application where seq >= (select min(seq) from application where id in :ids) "
        "and id not in :ids"
    ).bindparams(bindparam("ids", expanding=True))
    with opened(stack) as system:
        found = system.databases["review"].execute(known, {"ids": load.opened}).all()
        states = {str(name): str(state) for name, state in found}
        twice = system.databases["review"].execute(others, {"ids": load.opened}).scalars().all()
    lost = [f"lost: {each}" for each in load.opened if states.get(each) != "withdrawn"]
    return [*lost, *(f"twice: {each}" for each in twice)]

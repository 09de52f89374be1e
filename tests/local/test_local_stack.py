"""A whole stack with a table of small processes: start, look, scale, crash, stop, start again."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from local_stack import Stack
from local_stack.errors import StackError
from local_stack.health import NotReady
from local_stack.leftovers import find_leftovers
from local_stack.processes import Process, worker_counts
from local_stack.supervisor import ProcessState

PROGRAMS = {"PYTHONPATH": str(Path(__file__).parent / "programs")}
SERVERS = ["postgres", "epmd", "rabbitmq", "minio"]

pytestmark = [pytest.mark.timeout(240), pytest.mark.servers]


def sample_table(scale: Mapping[str, int]) -> list[Process]:
    names = [f"import-worker-{number}" for number in range(1, worker_counts(scale)["import-worker"] + 1)]
    return [_sample(name, "import-worker") for name in names] + [_sample("gateway-http", "gateway-http")]


def _sample(name: str, kind: str) -> Process:
    return Process(name, "gateway", "sample_process", 200, kind, environment=PROGRAMS)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own ones are closed to PostgreSQL's user."""
    made = Path(tempfile.mkdtemp(prefix="pingzheng-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def stack(folder: Path) -> Iterator[Stack]:
    made = Stack(folder / ".run", table=sample_table)
    yield made
    made.down()
    made.layout.delete()


def test_a_stack_starts_scales_survives_kills_and_comes_back_with_its_data(stack: Stack) -> None:
    stack.up()
    assert _running(stack) == {*SERVERS, "import-worker-1", "gateway-http"}
    with psycopg.connect(stack.admin_url(), autocommit=True) as admin:
        admin.execute("CREATE TABLE kept AS SELECT 7 AS number")

    before = _pids(stack)
    stack.up()
    assert _pids(stack) == before, "starting again must touch nothing that runs"

    stack.scale({"import-worker": 3})
    assert {"import-worker-2", "import-worker-3"} <= _running(stack)
    assert _pids(stack).items() >= before.items(), "scaling must touch nothing that runs"

    for name in [*SERVERS, "import-worker-2", "gateway-http"]:
        _kill_and_wait(stack, name)
    stack.backing.wait()
    stack.wait_ready()

    assert stack.down() == []
    assert find_leftovers(stack.layout) == {}
    assert {state.state for state in stack.status()} == {"stopped"}

    stack.up()
    assert "import-worker-3" in _running(stack), "the number of workers is remembered"
    with psycopg.connect(stack.admin_url()) as admin:
        assert admin.execute("SELECT number FROM kept").fetchone() == (7,)


@pytest.mark.slow
def test_what_outlives_a_killed_supervisor_is_ended_before_the_next_start(stack: Stack) -> None:
    stack.up()
    orphans = _pids(stack)
    os.kill(stack.supervisor.pid(), signal.SIGKILL)
    _wait(lambda: not stack.supervisor.is_running())
    assert set(orphans.values()) <= set(find_leftovers(stack.layout))

    stack.up()
    assert not set(_pids(stack).values()) & set(orphans.values())
    os.kill(stack.supervisor.pid(), signal.SIGKILL)
    _wait(lambda: not stack.supervisor.is_running())
    assert stack.down(), "down ends what is left over and says so"
    assert find_leftovers(stack.layout) == {}


@pytest.mark.slow
def test_a_process_that_is_not_ready_is_named_with_its_log(folder: Path) -> None:
    stack = Stack(folder / ".run", table=lambda _: [_sample("never-ready", "gateway-http")])
    stack.ready_seconds = 3
    try:
        with pytest.raises(NotReady, match=r"never-ready[\s\S]*never-ready serves gateway"):
            stack.up()
    finally:
        stack.down()


@pytest.mark.slow
def test_two_stacks_run_side_by_side(folder: Path) -> None:
    stacks = [Stack(folder / name, table=sample_table) for name in ("one", "two")]
    try:
        for stack in stacks:
            stack.up()
        one, two = (set(_ports(stack)) for stack in stacks)
        assert not one & two
        stacks[0].down()
        assert _running(stacks[1]) == {*SERVERS, "import-worker-1", "gateway-http"}
        stacks[1].backing.wait()
    finally:
        for stack in stacks:
            stack.down()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_a_checkout_that_postgres_cannot_reach_keeps_its_data_outside(folder: Path) -> None:
    folder.chmod(0o700)
    stack = Stack(folder / ("long-" * 20) / ".run", table=sample_table)
    try:
        stack.up()
        assert stack.layout.postgres.is_symlink()
        data = stack.layout.postgres.resolve()
        assert data.stat().st_mode & 0o777 == 0o700
        assert stack.layout.supervisor_socket.parent != stack.layout.root, "the path is too long for a socket"
        stack.down()
        stack.up()
    finally:
        stack.down()
        stack.layout.delete()
    assert not data.exists()


def test_a_wrong_kind_or_number_of_workers_is_refused(folder: Path) -> None:
    stack = Stack(folder / ".run")
    with pytest.raises(StackError, match="import-worker, photo-worker"):
        stack.scale({"importworker": 2})
    with pytest.raises(StackError, match="from 0 to 64"):
        stack.scale({"import-worker": 65})


def _states(stack: Stack) -> dict[str, ProcessState]:
    return {state.name: state for state in stack.status()}


def _running(stack: Stack) -> set[str]:
    """The names of what runs, as soon as nothing is starting any more."""
    _wait(lambda: "starting" not in {state.state for state in stack.status()})
    return {name for name, state in _states(stack).items() if state.state == "running"}


def _pids(stack: Stack) -> dict[str, int]:
    return {name: state.pid for name, state in _states(stack).items()}


def _ports(stack: Stack) -> list[int]:
    names = [
        "postgres",
        "rabbitmq",
        "epmd",
        "minio",
        "gateway_http",
        "health-gateway-http",
        "health-import-worker-1",
    ]
    return [stack.ports[name] for name in names]


def _kill_and_wait(stack: Stack, name: str) -> None:
    killed = _pids(stack)[name]
    os.kill(killed, signal.SIGKILL)
    _wait(lambda: _states(stack)[name].state == "running" and _pids(stack)[name] != killed)


def _wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)

"""Steps that run to their end before the processes start: migrations and seeds."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_stack.errors import StackError

_SECONDS = 300
_AT_ONCE = 2


class StepFailed(StackError):
    """A migration or seed ended with an error; the message holds what it printed."""


def migrate(environments: Mapping[str, Mapping[str, str]], directory: Path) -> None:
    """``python -m chassis.migrate <package>`` for each package, two at a time."""

    def one(package: str) -> None:
        run_step(("chassis.migrate", package), environments[package], directory)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(one, environments))


def module_exists(name: str) -> bool:
    """Whether Python could run this module."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def run_step(module: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
    """Run ``python -m <module> <arguments>`` to its end."""
    done = subprocess.run(
        [sys.executable, "-m", *module],
        env=dict(environment), cwd=directory, capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise StepFailed(
            f"python -m {' '.join(module)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        )

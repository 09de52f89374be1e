"""Whether processes are ready: ``/readyz`` on the health port of each."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local_stack.errors import StackError
from local_stack.ports import HOST

_LOG_LINES = 15


class NotReady(StackError):
    """Some processes were not ready in time; the message names them with the end of their logs."""


def is_ready(port: int) -> bool:
    """Whether ``/readyz`` on this loopback port answers 200."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until_ready(ports: Mapping[str, int], logs: Path, seconds: float) -> None:
    """Return when each of these processes (name -> health port) is ready; NotReady after ``seconds``."""
    deadline = time.monotonic() + seconds
    waiting = dict(ports)
    while True:
        waiting = {name: port for name, port in waiting.items() if not is_ready(port)}
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise NotReady(_report(list(waiting), logs, seconds))
        time.sleep(0.2)


def _report(names: list[str], logs: Path, seconds: float) -> str:
    tails = [f"--- {name}: the end of {logs / name}.log\n{tail(logs / f'{name}.log')}" for name in names]
    return "\n".join([f"not ready within {seconds:.0f} s: {', '.join(names)}", *tails])


def tail(path: Path, lines: int = _LOG_LINES) -> str:
    """The last lines of a log, or a word that there is none."""
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log yet)"

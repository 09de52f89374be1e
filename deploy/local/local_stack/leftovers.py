"""Processes of a stack that supervisor does not know (any more): found by the mark that all of them carry."""

import os
import signal
import time
from pathlib import Path

from local_stack.errors import StackError
from local_stack.layout import Layout

_PROC = Path("/proc")


def find_leftovers(layout: Layout) -> dict[int, str]:
    """pid -> command line of every living process of this stack; empty where there is no /proc."""
    mark = b"PINGZHENG_STACK=" + os.fsencode(layout.root)
    data = layout.postgres.resolve()
    found: dict[int, str] = {}
    for folder in _PROC.glob("[0-9]*"):
        if int(folder.name) != os.getpid() and _belongs(folder, mark, data):
            found[int(folder.name)] = _command_line(folder)
    return found


def end_leftovers(layout: Layout, seconds: float = 15) -> list[str]:
    """Ask what is left over to end, kill what does not; return what had to be ended."""
    first = find_leftovers(layout)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL) if first else ():
        _send(list(find_leftovers(layout)), number)
        deadline = time.monotonic() + seconds / 2
        while find_leftovers(layout) and time.monotonic() < deadline:
            time.sleep(0.1)
    if remaining := find_leftovers(layout):
        raise StackError(f"these processes do not end: {remaining}")
    return [f"{pid} {command}" for pid, command in first.items()]


def _belongs(folder: Path, mark: bytes, data: Path) -> bool:
    try:
        if mark in (folder / "environ").read_bytes().split(b"\0"):
            return True
        # PostgreSQL writes its process title over its environment; it works in its data folder.
        return (folder / "cwd").readlink() == data
    except OSError:
        return False  # ended meanwhile, or another user's


def _command_line(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(ended)"


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue

"""Small JSON files that are read, changed and replaced as a whole, safe between processes."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_stack.errors import StackError


class Busy(StackError):
    """Another process kept the lock for longer than the caller can wait."""


@contextmanager
def file_lock(path: Path, seconds: float = 300, *, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock on ``path``; it ends with the process, however that ends.

    Raises Busy after ``seconds``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        _acquire(
            handle.fileno(), path, time.monotonic() + seconds, fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        )
        yield


def _acquire(descriptor: int, path: Path, deadline: float, kind: int) -> None:
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(f"{path} is held by another process") from None
            time.sleep(0.1)
        else:
            return


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file, or an empty one when there is no file yet."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content


def write_private(path: Path, text: str) -> None:
    """Replace the file at once with ``text``; nobody but the owner reads it (mode 600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as handle:
        handle.write(text)
    draft.replace(path)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file at once with this object (mode 600)."""
    write_private(path, json.dumps(content, indent=2, sort_keys=True) + "\n")

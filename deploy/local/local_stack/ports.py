"""Ports of a stack: chosen free once, remembered, and no other stack of this user gets them."""

import errno
import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.remembered import file_lock, read_json, write_json

HOST = "127.0.0.1"

# Below the range from which Linux and macOS take the ports of outgoing connections.
_RANGE = range(20000, 32000)


class NoFreePort(StackError):
    """Every port of the range is taken."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def answers(port: int, seconds: float = 1) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((HOST, port), timeout=seconds):
            return True
    except OSError:
        return False


@dataclass(frozen=True)
class Ports:
    """The ports of one stack by name.

    ``file`` belongs to the stack; ``book`` is shared by all stacks of the user: {"<file>": [ports]}.
    """

    file: Path
    book: Path

    def __getitem__(self, name: str) -> int:
        known = read_json(self.file).get(name)
        return int(known) if known is not None else self._choose([name])[name]

    def replace_taken(self, prefixes: tuple[str, ...] = ("",)) -> list[str]:
        """Choose again where a stranger listens, among the names that begin so.

        Call it only while nothing of this stack uses those ports. Returns the names whose port changed.
        """
        known = read_json(self.file)
        taken = [name for name, port in known.items() if name.startswith(prefixes) and not is_free(port)]
        if taken:
            self._choose(taken, again=True)
        return taken

    def transient(self) -> int:
        """A port that is free now and belongs to no stack; for the length of a test."""
        return _free_port(_of_others(_living(read_json(self.book)), Path()))

    def _choose(self, names: Iterable[str], *, again: bool = False) -> dict[str, int]:
        with file_lock(self.book.with_suffix(".lock")):
            mine = read_json(self.file)
            book = _living(read_json(self.book))
            for name in names:
                if again or name not in mine:
                    mine[name] = _free_port({*mine.values(), *_of_others(book, self.file)})
            book[str(self.file)] = sorted(mine.values())
            write_json(self.file, mine)
            write_json(self.book, book)
        return mine


def _living(book: dict[str, Any]) -> dict[str, Any]:
    """The book without the stacks that were deleted."""
    return {file: ports for file, ports in book.items() if Path(file).exists()}


def _of_others(book: dict[str, Any], mine: Path) -> set[int]:
    return {port for file, ports in book.items() if file != str(mine) for port in ports}


def _free_port(used: set[int]) -> int:
    candidates = [port for port in _RANGE if port not in used]
    random.shuffle(candidates)
    for port in candidates:
        if is_free(port):
            return port
    raise NoFreePort(f"no free port between {_RANGE.start} and {_RANGE.stop}")

"""A whole system of its own for a test run: another root, other ports and data than the checkout's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local_stack import Stack
from local_stack.layout import REPOSITORY


@contextmanager
def running(name: str) -> Iterator[Stack]:
    """The stack below ``.run/<name>`` with the code as it is now; down afterwards, its data stay."""
    stack = Stack(REPOSITORY / ".run" / name, env="test")
    stack.down()
    stack.up()
    try:
        yield stack
    finally:
        stack.down()

"""A whole system of its own for a test run: another root, other ports and data than the checkout's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.fixtures.lanes import lane

from local_stack import Stack
from local_stack.layout import REPOSITORY
from local_stack.remembered import file_lock

AnyStack = TypeVar("AnyStack", bound=Stack)


@contextmanager
def running(name: str) -> Iterator[Stack]:
    """The stack below ``.run/<name>`` with the code as it is now; down afterwards, its data stay.

    Two test runs never share it: the second one waits for the first, for nine minutes at the most (then Busy).
    """
    with running_as(name, lambda root: Stack(root, env="test")) as stack:
        yield stack


@contextmanager
def running_as(name: str, make: Callable[[Path], AnyStack]) -> Iterator[AnyStack]:
    """The same with a stack that ``make`` makes for its root."""
    folder = lane(name)
    stack = make(REPOSITORY / ".run" / folder)
    with file_lock(REPOSITORY / ".run" / f"{folder}.lock", seconds=540):
        stack.down()
        try:
            stack.up()
            yield stack
        finally:
            stack.down()

"""Working ahead: one thread makes the next items while another uses those before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Prefetched(Generic[T]):
    """The items of ``source``, made by a thread at most ``depth`` ahead; its exceptions are raised where they are used.

    ``seconds`` is the longest wait for one item; after it TimeoutError. Leaving the context stops the thread at its
    next item.
    """

    def __init__(self, source: Iterable[T], depth: int = 2, seconds: float | None = None) -> None:
        self._source = source
        self._seconds = seconds
        self._items: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        while self._thread.is_alive():
            try:
                self._items.get(timeout=0.05)
            except queue.Empty:
                continue
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self._items.get(timeout=self._seconds)
            except queue.Empty:
                raise TimeoutError from None
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item[0]

    def _make(self) -> None:
        try:
            for item in self._source:
                self._items.put((item,))
                if self._left.is_set():
                    return
            self._items.put(None)
        except BaseException as fault:  # noqa: BLE001 - raised where the items are used
            self._items.put(fault)

"""Whether anybody answers the calls of a service: its queue outlives it, so a call to a stopped one is not returned.

A process consumes from two queues of its service: its calls, until it is told to stop; and ``rpc-<service>.working``,
which brings nothing, until its last call has been answered. When neither has a consumer, nobody works at a call.
"""

from __future__ import annotations

from typing import Any

from amqp.exceptions import NotFound
from kombu.connection import Connection

from chassis import bus

LOOK_AFTER_S = 0.5
"""A call that is answered sooner never asks."""
LOOK_EVERY_S = 1.0
SURE_AFTER_S = 0.25
"""Absent twice, so much apart: an answer that was sent before its process ended has arrived by then."""
RECONNECTED_S = 5.0
"""After a broken connection: the broker may have restarted, and services come back within seconds, too."""


class Watch:
    """When to look whether somebody is there while a call waits, and what to make of it. Times are monotonic."""

    def __init__(self, now: float, *, broken_at: float = float("-inf")) -> None:
        self.look_at = max(now + LOOK_AFTER_S, broken_at + RECONNECTED_S)
        self._absent = False

    def nobody_is_there(self, now: float, *, found: bool) -> bool:
        """After a look: True when it is certain."""
        if not found and self._absent:
            return True
        self._absent = not found
        self.look_at = now + (LOOK_EVERY_S if found else SURE_AFTER_S)
        return False


def somebody_is_there(connection: Connection, service: str) -> bool:
    """Whether a process takes calls of the service, or still works at some. Raises a broker's error."""
    return any(_consumers(connection, name) for name in bus.rpc_queue_names(service))


def _consumers(connection: Connection, queue: str) -> int:
    """Asked on a channel of its own, which the refusal for a queue that is not there ends."""
    asking: Any
    with connection.channel() as asking:
        try:
            return int(asking.queue_declare(queue, passive=True).consumer_count)
        except NotFound:
            return 0

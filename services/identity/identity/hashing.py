"""A bounded pool of helper processes that check passwords (design.md section 5).

Works in a service process, which eventlet has patched: the helpers are reached over sockets, so that waiting for one
yields to other calls. (Pools of concurrent.futures need real threads and real pipes and stall there.)
"""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import sys
from dataclasses import dataclass

import structlog

from chassis import context
from contracts.errors import AppError

LONGEST_S = 4.5
"""The longest that one check may take, waiting for a free helper included: less than the deadline of a sign-in."""
_END_S = 5
log = structlog.get_logger("identity.hashing")


@dataclass(frozen=True)
class Verdict:
    """Whether the password is right, and the hash to store instead of an outdated one."""

    matches: bool
    renewed: str | None = None


class Helper:
    """One helper process and the socket to it; used by one call at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen([sys.executable, "-m", "identity.hasher"], stdin=theirs.fileno())

    def ask(self, stored: str | None, password: str, seconds: float) -> Verdict:
        """The helper's answer. Raises OSError when it is gone or takes too long."""
        self._socket.settimeout(seconds)
        self._socket.sendall(json.dumps({"stored": stored, "password": password}).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = self._socket.recv(4096)
            if not part:
                raise ConnectionError("the helper process is gone")
            answer += part
        return Verdict(**json.loads(answer))

    def close(self) -> None:
        """Ends the process at once and leaves nothing of it."""
        self._socket.close()
        self.process.kill()
        self.process.wait(_END_S)


class HashingPool:
    """At most ``size`` helpers, started when they are needed; one that died or hangs is replaced."""

    def __init__(self, size: int) -> None:
        self._free: queue.LifoQueue[Helper | None] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(None)

    def check(self, stored: str | None, password: str) -> Verdict:
        """Whether the password belongs to the hash; for no hash False after the same work.

        A helper that was found dead is replaced and asked once more. Raises UPSTREAM_TIMEOUT when the caller's time
        is over before a helper was free and answered.
        """
        helper = self._borrow()
        try:
            try:
                helper = helper or Helper()
                return helper.ask(stored, password, context.seconds_left(LONGEST_S))
            except ConnectionError:
                helper = _replaced(helper)
                return helper.ask(stored, password, context.seconds_left(LONGEST_S))
        except OSError as fault:
            _close(helper)
            helper = None
            raise AppError("UPSTREAM_TIMEOUT") from fault
        except BaseException:
            _close(helper)  # an answer may still be under way to nobody
            helper = None
            raise
        finally:
            self._free.put(helper)

    def warm_up(self) -> None:
        """Starts all helpers now, so that the first sign-ins need not wait for them."""
        waiting = [self._borrow() for _ in range(self._free.qsize())]
        for helper in waiting:
            self._free.put(helper or Helper())

    def close(self) -> None:
        """Ends all helpers that are not at work; the rest end with this process."""
        for _ in range(self._free.qsize()):
            _close(self._borrow())
            self._free.put(None)

    def _borrow(self) -> Helper | None:
        try:
            return self._free.get(timeout=context.seconds_left(LONGEST_S))
        except queue.Empty as fault:
            raise AppError("UPSTREAM_TIMEOUT") from fault


def _replaced(helper: Helper | None) -> Helper:
    log.warning("helper process replaced")
    _close(helper)
    return Helper()


def _close(helper: Helper | None) -> None:
    if helper is not None:
        helper.close()

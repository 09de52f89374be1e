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


class HashingFault(RuntimeError):
    """A helper could not check, for a reason of ours such as a damaged hash; its text names it."""


class Helper:
    """One helper process and the socket to it; used by one call at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen([sys.executable, "-m", "identity.hasher"], stdin=theirs.fileno())

    def ask(self, stored: str | None, password: str, seconds: float) -> Verdict:
        """The helper's answer. Raises OSError when it is gone or takes too long, HashingFault when it cannot."""
        self._socket.settimeout(seconds)
        self._socket.sendall(json.dumps({"stored": stored, "password": password}).encode() + b"\n")
        answer = json.loads(self._line())
        if "fault" in answer:
            raise HashingFault(answer["fault"])
        return Verdict(**answer)

    def _line(self) -> bytes:
        read = b""
        while not read.endswith(b"\n"):
            part = self._socket.recv(4096)
            if not part:
                raise ConnectionResetError("the helper process is gone")
            read += part
        return read

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

        A helper that is found dead is replaced and the new one asked. Raises UPSTREAM_TIMEOUT when the caller's time
        is over before a helper was free and answered, HashingFault when the stored hash is damaged.
        """
        try:
            return self._ask(stored, password)
        except ConnectionError:
            log.warning("helper process replaced")
        try:
            return self._ask(stored, password)
        except ConnectionError as fault:
            raise AppError("UPSTREAM_UNAVAILABLE") from fault

    def warm_up(self) -> None:
        """Starts all helpers now, so that the first sign-ins need not wait for them."""
        for helper in self._all_free():
            self._free.put(helper or Helper())

    def close(self) -> None:
        """Ends all helpers that are not at work; the rest end with this process."""
        for helper in self._all_free():
            self._free.put(None)
            if helper is not None:
                helper.close()

    def _all_free(self) -> list[Helper | None]:
        return [self._borrow() for _ in range(self._free.qsize())]

    def _ask(self, stored: str | None, password: str) -> Verdict:
        helper, sound = self._borrow(), False
        try:
            helper = helper or Helper()
            verdict = helper.ask(stored, password, context.seconds_left(LONGEST_S))
            sound = True
            return verdict
        except HashingFault:
            sound = True
            raise
        except TimeoutError as fault:
            raise AppError("UPSTREAM_TIMEOUT") from fault
        finally:
            if helper is not None and not sound:
                helper.close()  # it died, or its answer may still come, for nobody
            self._free.put(helper if sound else None)

    def _borrow(self) -> Helper | None:
        try:
            return self._free.get(timeout=context.seconds_left(LONGEST_S))
        except queue.Empty as fault:
            raise AppError("UPSTREAM_TIMEOUT") from fault

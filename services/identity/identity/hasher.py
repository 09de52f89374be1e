"""The helper process that checks passwords: python -m identity.hasher, with a socket as its standard input.

A process of its own, because Argon2 takes a tenth of a second of a core and the service process must go on answering.
It reads one JSON object a line, ``{"stored": hash or null, "password": text}``, and answers each with one line,
``{"matches": bool, "renewed": hash or null}`` or ``{"fault": name}``. When the other end closes, it ends.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
from typing import Any

from identity import passwords


def check(stored: str | None, password: str) -> dict[str, Any]:
    """Whether the password belongs to the hash, and a new hash when the parameters are no longer today's."""
    matches = passwords.verify_password(stored, password)
    renewed = None
    if matches and stored and passwords.needs_rehash(stored):
        with contextlib.suppress(passwords.WeakPassword):  # older than the policy: its owner is to change it
            renewed = passwords.hash_password(password)
    return {"matches": matches, "renewed": renewed}


def answer(line: bytes) -> dict[str, Any]:
    """The answer to one line. A fault is told by its name alone: its text might hold what nobody is to read."""
    try:
        question = json.loads(line)
        return check(question["stored"], question["password"])
    except Exception as fault:  # noqa: BLE001  # such as a damaged hash; the service reports it
        return {"fault": type(fault).__name__}


def serve(connection: socket.socket) -> None:
    """Answers until the other end closes."""
    with connection, connection.makefile("rwb") as lines:
        for line in lines:
            lines.write(json.dumps(answer(line)).encode() + b"\n")
            lines.flush()


def main() -> None:
    """Serves on standard input. The service stops first and lets go of the socket; signals are its matter."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)
    connection = socket.socket(fileno=0)
    connection.setblocking(True)  # the service's end of the pair was made by eventlet
    # Makes the hash for "no such account" now, so that the first of them takes no longer than the others.
    passwords.verify_password(None, "")
    serve(connection)


if __name__ == "__main__":
    main()

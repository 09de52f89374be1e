"""What PostgreSQL, RabbitMQ and MinIO have in common."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_stack.errors import StackError
from local_stack.health import tail
from local_stack.program import Program


class ServerNotReady(StackError):
    """A server did not answer within its time."""


class Server(Protocol):
    """A server of the stack."""

    @property
    def title(self) -> str: ...

    @property
    def program_names(self) -> tuple[str, ...]:
        """The names of its programs, known before it is installed; none for an existing server."""

    def prepare(self) -> None:
        """Make its data folder and settings; called while it does not run."""

    def programs(self) -> list[Program]:
        """What supervisor runs for it; nothing for an existing server."""

    def check(self) -> None:
        """Raise the client's own error when it does not answer yet."""


@dataclass(frozen=True)
class S3:
    """How to reach the storage; ``endpoint`` is host:port, ``public_endpoint`` the URL that browsers see."""

    endpoint: str
    secure: bool
    public_endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    region: str


def wait_for(title: str, check: Callable[[], object], seconds: float, logs: Sequence[Path]) -> None:
    """Call ``check`` until it raises nothing; ServerNotReady after ``seconds`` with the end of the logs."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            check()
        except Exception as error:  # each client library has its own errors for "not yet"
            if time.monotonic() > deadline:
                ends = [f"--- the end of {log}\n{tail(log)}" for log in logs]
                message = f"{title} did not answer within {seconds:.0f} s: {error}"
                raise ServerNotReady("\n".join([message, *ends])) from error
            time.sleep(0.1)
        else:
            return

"""One program as supervisor runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A command with its whole environment; nothing is inherited from the shell that started the stack.

    ``priority``: lower starts earlier and stops later. ``stop_signal`` asks it to end in an orderly way.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    priority: int = 500
    stop_signal: str = "TERM"
    user: str | None = None

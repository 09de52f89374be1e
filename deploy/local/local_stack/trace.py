"""One request through all processes, by the id that each of them logs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_KNOWN = {"timestamp", "process", "event", "level", "logger", "request_id", "trace_id"}


def trace(folder: Path, request_id: str) -> list[str]:
    """A line for everything that was logged under this id in the ``*.log`` files of the folder, the oldest first."""
    found = [entry for file in sorted(folder.glob("*.log*")) for entry in _entries(file, request_id)]
    return [_line(entry) for entry in sorted(found, key=lambda entry: str(entry.get("timestamp", "")))]


def _entries(file: Path, request_id: str) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if request_id not in line or not line.startswith("{"):
                continue
            try:
                entry = json.loads(line)
            except ValueError:  # cut off by the end of its process
                continue
            if entry.get("request_id") == request_id:
                yield entry


def _line(entry: dict[str, Any]) -> str:
    more = " ".join(f"{name}={value}" for name, value in entry.items() if name not in _KNOWN)
    return f"{entry.get('timestamp', '')} {entry.get('process', ''):<20} {entry.get('event', '')} {more}".rstrip()

"""One request is found in the logs of all processes."""

from __future__ import annotations

import json
from pathlib import Path

from local_stack.trace import trace


def log(folder: Path, process: str, *entries: tuple[str, str, str]) -> None:
    lines = [
        json.dumps(
            {"process": process, "event": event, "timestamp": at, "request_id": request, "method": "m"}
        )
        for at, event, request in entries
    ]
    (folder / f"{process}.log").write_text("\n".join([*lines, "{cut off r-1", "no json r-1"]))


def test_a_request_is_told_in_the_order_of_time_and_no_other(tmp_path: Path) -> None:
    log(
        tmp_path,
        "gateway-http",
        ("2026-01-01T00:00:03", "request", "r-1"),
        ("2026-01-01T00:00:01", "other", "r-2"),
    )
    log(tmp_path, "review", ("2026-01-01T00:00:02", "call", "r-1"), ("2026-01-01T00:00:02", "call", "r-11"))
    lines = trace(tmp_path, "r-1")
    assert [line.split()[1:3] for line in lines] == [["review", "call"], ["gateway-http", "request"]]
    assert lines[0].endswith("method=m")


def test_an_unknown_request_is_nowhere(tmp_path: Path) -> None:
    log(tmp_path, "review", ("2026-01-01T00:00:02", "call", "r-1"))
    assert trace(tmp_path, "r-2") == []

"""A service that hears every changing call twice, as when the broker delivers it again: python -m tests.e2e.twice

TWICE_OF names the module of the service. What it did the second time goes to the file TWICE_NOTES, one JSON line for
each call: its service and method, both answers, and the tables of which a row was written.
"""

from __future__ import annotations

import chassis.nameko_entry  # noqa: F401  # isort: skip  # for its patch of the process, which comes first
import json
import os
import re
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from chassis.handlers import Handlers, Headers, Tools

_WRITES = re.compile(
    r"\b(?:insert into|delete from|(?<!for )(?<!key )(?<!do )update) \"?(\w+)", re.IGNORECASE
)
_written: ContextVar[set[str] | None] = ContextVar("written", default=None)
_answer = Handlers.answer


def _twice(
    handlers: Handlers, method: str, body: dict[str, Any], headers: Headers, tools: Tools
) -> dict[str, Any]:
    first = _answer(handlers, method, body, headers, tools)
    call = handlers.calls[method]
    if call.kind == "query" or not call.is_repeatable(headers.key) or "error" in first:
        return first
    with _noting() as written:
        second = _answer(handlers, method, body, headers, tools)
    note = {
        "service": handlers.service,
        "method": method,
        "first": first,
        "second": second,
        "written": sorted(written),
    }
    with Path(os.environ["TWICE_NOTES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(note, ensure_ascii=False) + "\n")
    return first


@contextmanager
def _noting() -> Iterator[set[str]]:
    written: set[str] = set()
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)


@event.listens_for(Engine, "after_cursor_execute")
def _note(_: Any, cursor: Any, statement: str, *__: Any) -> None:
    written = _written.get()
    if written is not None and cursor.rowcount > 0:
        written.update(_WRITES.findall(statement))


if __name__ == "__main__":
    Handlers.answer = _twice  # type: ignore[method-assign,assignment]  # that is what this is for
    runpy.run_module(os.environ["TWICE_OF"], run_name="__main__", alter_sys=True)

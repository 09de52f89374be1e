"""Pages of lists: the opaque cursor is the place of the last item in the order of the list."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from contracts.errors import AppError, FieldFault

MOST_COUNTED = 10_000
"""A list with free filters is counted up to here."""


def cursor_of(*place: str | int) -> str:
    """The cursor that stands behind an item."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place_of(cursor: str | None, kinds: Sequence[type[str | int]]) -> tuple[str | int, ...] | None:
    """Where the page before ended; None for the first page. Raises VALIDATION for what is no cursor of this list."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise _bad_cursor() from fault
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise _bad_cursor()
    if any(isinstance(part, int) and abs(part) >= 1 << 63 for part in place):
        raise _bad_cursor()
    return tuple(place)


def _bad_cursor() -> AppError:
    message = "翻页标识无效，请从第一页重新查询。"
    return AppError(
        "VALIDATION", message, errors=[FieldFault(field="cursor", code="cursor", message=message)]
    )

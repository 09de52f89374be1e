"""Pages of lists: the opaque cursor is the place of the last item in the order of the list (api.md section 1)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, func, literal_column, select
from sqlalchemy.orm import Session

from contracts.errors import AppError, FieldFault

MOST_COUNTED = 10_000
"""A list with free filters is counted up to here."""
Place = tuple[str | int, ...]


def cursor_of(*place: str | int) -> str:
    """The cursor that stands behind an item."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def place_of(cursor: str | None, kinds: Sequence[type[str | int]]) -> Place | None:
    """Where the page before ended; None for the first page. Raises VALIDATION for what is no cursor of this list."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as fault:
        raise bad_cursor() from fault
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise bad_cursor()
    if any(isinstance(part, int) and abs(part) >= 1 << 63 for part in place):  # more than a bigint holds
        raise bad_cursor()
    return tuple(place)


def bad_cursor() -> AppError:
    """The refusal of a cursor that this list never gave."""
    message = "翻页标识无效，请从第一页重新查询。"
    return AppError(
        "VALIDATION", message, errors=[FieldFault(field="cursor", code="cursor", message=message)]
    )


def count_up_to(session: Session, table: Table, *where: ColumnElement[bool]) -> tuple[int, bool]:
    """How many rows there are, and whether there are more than are counted."""
    some = select(literal_column("1")).select_from(table).where(*where).limit(MOST_COUNTED + 1).subquery()
    count = session.execute(select(func.count()).select_from(some)).scalar_one()
    return min(count, MOST_COUNTED), count > MOST_COUNTED

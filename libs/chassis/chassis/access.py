"""Whose things a caller may see: the one place where unit and authority become a condition (api.md section 2).

Every query that answers an account goes through ``visible`` or ``may_see``; a test refuses comparisons elsewhere.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, true

from chassis.tokens import Caller
from contracts.errors import AppError


def visible(
    caller: Caller, unit_id: ColumnElement[Any], authority_code: ColumnElement[Any]
) -> ColumnElement[bool]:
    """The condition that keeps a query to the caller's own: a unit's, an authority's; municipal sees all districts.

    Nobody else sees anything: deny unless allowed.
    """
    if caller.role == "unit" and caller.unit_id:
        return unit_id == caller.unit_id
    if caller.role == "bureau" and caller.authority_code:
        return authority_code == caller.authority_code
    return true() if caller.role == "municipal" else false()


def may_see(caller: Caller, unit_id: str, authority_code: str | None) -> bool:
    """The same for one thing that was read already."""
    if caller.role == "unit" and caller.unit_id:
        return unit_id == caller.unit_id
    if caller.role == "bureau" and caller.authority_code:
        return authority_code == caller.authority_code
    return caller.role == "municipal"


def check_may_see(caller: Caller, unit_id: str, authority_code: str | None) -> None:
    """Raises NOT_FOUND for what is another's, as if it were not there."""
    if not may_see(caller, unit_id, authority_code):
        raise AppError("NOT_FOUND")

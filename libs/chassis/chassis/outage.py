"""Whether a fault means that a server is away for the moment, so that the same asked again may well succeed."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from urllib3.exceptions import HTTPError

_AWAY = ("08", "57P", "53")
"""Classes of SQLSTATE: connection lost, server stopping or starting, no resources left."""


def is_away(fault: BaseException) -> bool:
    """True for a database or storage that cannot be reached, or that ended the connection; not for a slow query."""
    if isinstance(fault, PoolTimeout | HTTPError):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    state = getattr(fault.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_AWAY)
    return fault.connection_invalidated or type(fault.orig).__name__ == "OperationalError"

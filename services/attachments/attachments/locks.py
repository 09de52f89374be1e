"""Locks that are not had in time: only the cylinders of a large import hold them for so long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from contracts.errors import AppError


@contextmanager
def busy_is_behind() -> Iterator[None]:
    """Raises BEHIND, which asks to try again in a moment, for a lock that another holds for too long."""
    try:
        yield
    except OperationalError as fault:
        if isinstance(fault.orig, LockNotAvailable):
            raise AppError("BEHIND") from fault
        raise

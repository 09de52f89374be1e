"""The scope of an application: whose it is, and whether its cylinders may still change (design.md section 4).

Every change of a cylinder takes the application's lock shared and refuses when the scope is not open; a seal takes it
alone, waiting for two seconds at most. The scope row is written by open, seal, unseal and release only.
"""

from __future__ import annotations

from typing import NamedTuple

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from contracts.errors import AppError
from importer.adapters.tables import counter
from importer.adapters.tables import scope as scope_table

_LOCK_SPACE = 7_302_001
_SHARED = text("select pg_advisory_xact_lock_shared(hashtextextended(:id, :space))")
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:id, :space))")


class Scope(NamedTuple):
    """A row of the table ``scope``."""

    no: int
    application_id: str
    unit_id: str
    application_no: str
    registration_reason: str
    variety_group: str | None
    district_code: str | None
    authority_code: str | None
    authority_name: str
    authority_phone: str
    state: str
    sealed_attempt: int
    undone_attempt: int
    release_wanted: bool
    certificate_number: str | None

    @property
    def is_open(self) -> bool:
        """Whether cylinders may come and go."""
        return self.state == "open"

    @property
    def was_submitted(self) -> bool:
        """Whether officers may look: drafts are their unit's alone, also when they were taken back and withdrawn."""
        return not self.is_open and self.sealed_attempt > self.undone_attempt


_COLUMNS = [scope_table.c[name] for name in Scope._fields]


def learn(session: Session, **row: object) -> None:
    """Notes an application with its counters, unless it is known; ``row`` holds columns of the table ``scope``."""
    noted = insert(scope_table).values(**row).on_conflict_do_nothing().returning(scope_table.c.no)
    no = session.execute(noted).scalar()
    if no is not None:
        session.execute(insert(counter).values(scope_no=no))


def find(session: Session, application_id: str) -> Scope | None:
    """The scope of an application, if this service knows it."""
    row = session.execute(
        select(*_COLUMNS).where(scope_table.c.application_id == application_id)
    ).one_or_none()
    return Scope._make(row) if row else None


def find_by_no(session: Session, no: int) -> Scope:
    """The scope that a row of another table names."""
    return Scope._make(session.execute(select(*_COLUMNS).where(scope_table.c.no == no)).one())


def lock_to_change(session: Session, application_id: str) -> Scope:
    """Takes the shared lock, then reads the scope. Raises NOT_FOUND, or WRONG_STATE when it is not open."""
    session.execute(_SHARED, {"id": application_id, "space": _LOCK_SPACE})
    found = find(session, application_id)
    if found is None:
        raise AppError("NOT_FOUND")
    check_open(found)
    return found


def check_open(scope: Scope) -> None:
    """Raises WRONG_STATE when cylinders may not change any more."""
    if not scope.is_open:
        raise AppError("WRONG_STATE", "该申请已提交或已结束，气瓶不能再修改；如需修改请先“撤回修改”。")


def lock_alone(session: Session, application_id: str) -> Scope:
    """Takes the lock alone within two seconds. Raises NOT_FOUND, or IMPORT_RUNNING when a change is under way."""
    session.execute(text("set local lock_timeout = '2s'"))
    try:
        session.execute(_ALONE, {"id": application_id, "space": _LOCK_SPACE})
    except OperationalError as fault:
        if isinstance(fault.orig, LockNotAvailable):
            raise AppError("IMPORT_RUNNING") from fault
        raise
    session.execute(text("set local lock_timeout = '3s'"))
    found = find(session, application_id)
    if found is None:
        raise AppError("NOT_FOUND")
    return found

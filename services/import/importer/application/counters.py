"""The counters of an application, and the word to others that its cylinders changed."""

from __future__ import annotations

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.jobs import NewJob
from importer.adapters.scopes import Scope
from importer.adapters.tables import counter
from importer.application import kinds


def counts_of(session: Session, scope_no: int) -> RowMapping:
    """The counters of an application."""
    return session.execute(select(counter).where(counter.c.scope_no == scope_no)).mappings().one()


def announce_later(change: Change, scope: Scope) -> None:
    """To be called with each change of an application's cylinders; the ids are only known when it is committed."""
    job = NewJob(
        kinds.ANNOUNCE, {"scope_no": scope.no}, scope.unit_id, serial_key=f"{kinds.ANNOUNCE}:{scope.no}"
    )
    change.enqueue(job)

"""Release: identities of an application are free again, of all its cylinders or of those that were refused.

The wish is written at once with the event or call that brings it; the rows follow in a job, and every import fulfils
all wishes before it begins, so that nobody waits for an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog
from sqlalchemy import BigInteger, ColumnElement, CursorResult, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from chassis import jobs
from chassis.audit import Actor
from chassis.database import Change, Database
from chassis.jobs import ClaimedJob, NewJob
from chassis.worker import Keeper
from contracts.errors import AppError
from contracts.events import CylindersReleased
from importer.adapters import scopes
from importer.adapters.tables import cylinder, import_run
from importer.adapters.tables import scope as scope_table
from importer.application import kinds
from importer.application.cancel_import import cancel
from importer.application.tools import Tools

_SYSTEM = Actor("importer", "service")
log = structlog.get_logger("importer.release")


def want_release(change: Change, application_id: str) -> None:
    """The application is over: nothing may change any more, and all its identities are to be free.

    Imports that still wait or run are cancelled, so that the release need not wait for them.
    """
    found = scopes.find(change.session, application_id)
    if found is None or found.state == "released":
        return
    columns = scope_table.c
    change.session.execute(
        update(scope_table).where(columns.no == found.no).values(state="released", release_wanted=True)
    )
    cancel(change, import_run.c.scope_no == found.no, application_id)
    change.enqueue(NewJob(kinds.RELEASE, {"scope_no": found.no}, found.unit_id))


def release(job: ClaimedJob, _: Keeper, tools: Tools) -> None:
    """The job: fulfils one wish. Raises IMPORT_RUNNING while a cancelled import still ends: the job is tried again."""
    _fulfil(tools.database, int(job.payload["scope_no"]))
    with tools.database.changing(job.actor) as change:
        jobs.finish(change.session, job)


def release_wanted(database: Database) -> None:
    """Fulfils every wish that waits for its job, but for applications whose import still ends."""
    with database.reading() as session:
        columns = scope_table.c
        waiting = session.execute(select(columns.no).where(columns.release_wanted)).scalars().all()
    for no in waiting:
        try:
            _fulfil(database, no)
        except AppError as busy:
            log.info("release waits", scope_no=no, code=busy.code)


def _fulfil(database: Database, scope_no: int) -> None:
    with database.changing(_SYSTEM) as change:
        found = scopes.find_by_no(change.session, scope_no)
        found = scopes.lock_alone(change.session, found.application_id)
        if not found.release_wanted:
            return
        columns = scope_table.c
        change.session.execute(update(scope_table).where(columns.no == scope_no).values(release_wanted=False))
        freed = free(change, found, None)
        change.emit(CylindersReleased(application_id=found.application_id, all_of_it=True, count=freed))


def free(change: Change, scope: scopes.Scope, ids: Sequence[int] | None) -> int:
    """Frees the identities of these live cylinders, or of all of them; gives their number.

    The rows stay: lists and counts of an application that is over still show them. Locked by the order of their ids,
    as everybody locks them.
    """
    columns = cylinder.c
    chosen = (columns.scope_no == scope.no) & columns.live
    if ids is not None:
        chosen &= among(ids)
    locked = select(columns.id).where(chosen).order_by(columns.id).with_for_update().cte("locked")
    these = (columns.scope_no == scope.no) & columns.id.in_(select(locked.c.id))
    done = change.session.execute(update(cylinder).where(these).values(live=False))
    return cast(CursorResult[Any], done).rowcount


def among(ids: Sequence[int]) -> ColumnElement[bool]:
    """Cylinders of these ids, given as one array: a statement has 65,535 parameters at most."""
    return cylinder.c.id == any_(bindparam(None, list(ids), type_=ARRAY(BigInteger)))

"""The job of application.accepted: refused cylinders (不予登记) are left out and their identities are free."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select, update

from chassis import jobs
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.bulk import read_refused
from contracts.events import Claim, CylindersReleased
from importer.adapters import scopes
from importer.adapters.tables import counter, cylinder
from importer.application.release import among, free
from importer.application.tools import Tools
from importer.domain.ids import id_number


class ClaimBrokenError(Exception):
    """The object is not the one that the event claimed, or names what is not there."""


def refuse(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Frees exactly the cylinders of the list. Raises ClaimBrokenError, and then frees none."""
    application_id, claim = job.payload["application_id"], Claim(**job.payload["refused"])
    ids = _refused_ids(patiently(lambda: tools.storage.get(claim.key), keeper), claim)
    with tools.database.changing(job.actor) as change:
        session, columns = change.session, cylinder.c
        scope = scopes.find(session, application_id)
        if scope is None:
            raise ClaimBrokenError(f"{claim.key}: {application_id} is unknown")
        these = (columns.scope_no == scope.no) & among(ids)
        if session.execute(select(func.count()).where(these)).scalar_one() != len(ids):
            raise ClaimBrokenError(f"{claim.key} names cylinders that {application_id} does not have")
        freed = free(change, scope, ids)
        newly = session.execute(
            update(cylinder).where(these, ~columns.refused).values(refused=True).returning(columns.id)
        ).all()
        session.execute(
            update(counter)
            .where(counter.c.scope_no == scope.no)
            .values(refused=counter.c.refused + len(newly))
        )
        change.note(
            "cylinders.refused", f"application:{application_id}", count=len(newly), sha256=claim.sha256
        )
        change.emit(CylindersReleased(application_id=application_id, all_of_it=False, count=freed))
        jobs.finish(session, job)


def _refused_ids(content: bytes, claim: Claim) -> list[int]:
    if hashlib.sha256(content).hexdigest() != claim.sha256:
        raise ClaimBrokenError(f"{claim.key} has another SHA-256 than its claim")
    ids = {id_number(one.cylinder_id) for one in read_refused(content)}
    if None in ids:
        raise ClaimBrokenError(f"{claim.key} names what is no cylinder")
    return sorted(one for one in ids if one is not None)

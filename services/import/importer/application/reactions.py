"""What this service does when others tell something. Heavy work is left to a job; nobody is asked."""

from __future__ import annotations

from sqlalchemy import case, update

from chassis.database import Change
from chassis.handlers import Handlers
from chassis.jobs import NewJob
from contracts.events import (
    ApplicationAccepted,
    ApplicationCertified,
    ApplicationDistrictChanged,
    ApplicationOpened,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    PhotosChanged,
)
from importer.adapters import scopes
from importer.adapters.tables import scope as scope_table
from importer.application import kinds, sealing
from importer.application.photo_counts import count_photos
from importer.application.release import want_release


def register(handlers: Handlers) -> None:
    """Adds the reactions. Events of the same streams that are not named here change no cylinder."""
    handlers.event(ApplicationOpened)(opened)
    handlers.event(ApplicationDistrictChanged)(district_changed)
    handlers.event(ApplicationSubmitted)(submitted)
    handlers.event(ApplicationReopened)(reopened)
    handlers.event(ApplicationAccepted)(accepted)
    handlers.event(ApplicationCertified)(certified)
    handlers.event(ApplicationRejected)(over)
    handlers.event(ApplicationWithdrawn)(over)
    handlers.event(PhotosChanged)(count_photos)


def opened(change: Change, event: ApplicationOpened) -> None:
    """A draft: cylinders may come."""
    told = event.model_dump(include={"application_id", "unit_id", "application_no", "registration_reason"})
    scopes.learn(change.session, variety_group=event.variety_group, **told)


def district_changed(change: Change, event: ApplicationDistrictChanged) -> None:
    """Whose officers will see it."""
    _set_authority(change, event.application_id, event.district_code, event.authority_code)


def submitted(change: Change, event: ApplicationSubmitted) -> None:
    """The cylinders are frozen: their snapshot is written by a job."""
    _set_authority(change, event.application_id, event.district_code, event.authority_code)
    payload = {"application_id": event.application_id, "attempt": event.attempt}
    change.enqueue(NewJob(kinds.SNAPSHOT, payload, event.unit_id))


def reopened(change: Change, event: ApplicationReopened) -> None:
    """撤回修改: cylinders may change again, nothing is released."""
    sealing.unseal(change, event.application_id, event.attempt)


def accepted(change: Change, event: ApplicationAccepted) -> None:
    """受理 passed: the refused cylinders, listed in a file, are left out."""
    if not event.refused_count:
        return
    payload = {"application_id": event.application_id, "refused": event.refused.model_dump()}
    change.enqueue(NewJob(kinds.REFUSE, payload, event.unit_id))


def certified(change: Change, event: ApplicationCertified) -> None:
    """From now on the cylinders are registered under this number (E10)."""
    change.session.execute(
        update(scope_table)
        .where(scope_table.c.application_id == event.application_id)
        .values(certificate_number=event.number)
    )


def over(change: Change, event: ApplicationRejected | ApplicationWithdrawn) -> None:
    """The application has ended: all identities are free."""
    want_release(change, event.application_id)


def _set_authority(change: Change, application_id: str, district_code: str, authority_code: str) -> None:
    """Name and telephone of another authority are asked for by the clock (or by the next import)."""
    columns = scope_table.c
    same = columns.authority_code == authority_code
    change.session.execute(
        update(scope_table)
        .where(columns.application_id == application_id)
        .values(
            district_code=district_code,
            authority_code=authority_code,
            authority_name=case((same, columns.authority_name), else_=""),
            authority_phone=case((same, columns.authority_phone), else_=""),
        )
    )

"""What this service does when others tell something. Heavy work is left to a job; nobody is asked."""

from __future__ import annotations

from sqlalchemy import update

from attachments import kinds, scopes, sealing
from attachments.tables import scope as scope_table
from chassis.database import Change
from chassis.handlers import Handlers
from chassis.jobs import NewJob
from contracts.events import (
    ApplicationDistrictChanged,
    ApplicationOpened,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CylindersChanged,
)


def register(handlers: Handlers) -> None:
    """Adds the reactions. Events of the same streams that are not named here change no photo."""
    handlers.event(ApplicationOpened)(opened)
    handlers.event(ApplicationDistrictChanged)(district_changed)
    handlers.event(ApplicationSubmitted)(submitted)
    handlers.event(ApplicationReopened)(reopened)
    handlers.event(ApplicationRejected)(over)
    handlers.event(ApplicationWithdrawn)(over)
    handlers.event(CylindersChanged)(cylinders_changed)


def opened(change: Change, event: ApplicationOpened) -> None:
    """A draft: its photos may come."""
    scopes.learn(change.session, event.application_id, event.unit_id)


def district_changed(change: Change, event: ApplicationDistrictChanged) -> None:
    """Whose officers will see it."""
    _set_authority(change, event.application_id, event.district_code, event.authority_code)


def submitted(change: Change, event: ApplicationSubmitted) -> None:
    """The photos are frozen: their snapshot is written by a job."""
    _set_authority(change, event.application_id, event.district_code, event.authority_code)
    payload = {"application_id": event.application_id, "attempt": event.attempt}
    change.enqueue(NewJob(kinds.SNAPSHOT, payload, event.unit_id))


def reopened(change: Change, event: ApplicationReopened) -> None:
    """撤回修改: photos may change again."""
    sealing.unseal(change, event.application_id, event.attempt)


def over(change: Change, event: ApplicationRejected | ApplicationWithdrawn) -> None:
    """The application has ended."""
    sealing.release(change, event.application_id)


def cylinders_changed(change: Change, event: CylindersChanged) -> None:
    """Its file is read by a job, one at a time for each application; the application may be unknown yet."""
    scope = scopes.find(change.session, event.application_id)
    unit_id = "" if scope is None else scope.unit_id
    serial_key = f"{kinds.CYLINDERS}:{event.application_id}"
    change.enqueue(NewJob(kinds.CYLINDERS, event.model_dump(mode="json"), unit_id, serial_key))


def _set_authority(change: Change, application_id: str, district_code: str, authority_code: str) -> None:
    change.session.execute(
        update(scope_table)
        .where(scope_table.c.application_id == application_id)
        .values(district_code=district_code, authority_code=authority_code)
    )

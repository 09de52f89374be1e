"""The scope of an application: whose it is, and whether its photos may still change (design.md section 4).

Every change of a photo takes the application's lock shared; a seal takes it alone, waiting for two seconds at most.
The scope row is written by open, seal, unseal and release only.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from attachments.locks import busy_is_behind
from attachments.tables import counter
from attachments.tables import scope as scope_table
from attachments.tools import Tools
from chassis.access import check_may_see
from chassis.audit import Actor
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.review import ApplicationScope, GetApplicationScope

_LOCK_SPACE = 7_303_001
_SHARED = text("select pg_advisory_xact_lock_shared(hashtextextended(:id, :space))")
_ALONE = text("select pg_advisory_xact_lock(hashtextextended(:id, :space))")
# The state of an application → that of its photos; every state that is not named is sealed.
_STATES = {"draft": "open", "rejected": "released", "withdrawn": "released"}


class Scope(NamedTuple):
    """A row of the table ``scope``."""

    no: int
    application_id: str
    unit_id: str
    district_code: str | None
    authority_code: str | None
    state: str
    sealed_attempt: int

    @property
    def is_open(self) -> bool:
        """Whether photos may come and go."""
        return self.state == "open"

    @property
    def was_submitted(self) -> bool:
        """Whether officers may look: drafts are their unit's alone."""
        return not self.is_open and self.sealed_attempt > 0


_COLUMNS = [scope_table.c[name] for name in Scope._fields]


def find(session: Session, application_id: str, *, lock: bool = False) -> Scope | None:
    """The scope of an application, if this service knows it; ``lock`` keeps it as it is until the commit."""
    query = select(*_COLUMNS).where(scope_table.c.application_id == application_id)
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    return Scope._make(row) if row else None


def find_by_no(session: Session, no: int) -> Scope:
    """The scope that a row of another table names."""
    return Scope._make(session.execute(select(*_COLUMNS).where(scope_table.c.no == no)).one())


def check_reader(scope: Scope, caller: Caller) -> None:
    """Raises NOT_FOUND for what is another's, and for an officer that asks for a draft."""
    check_may_see(caller, scope.unit_id, scope.authority_code)
    if caller.role != "unit" and not scope.was_submitted:
        raise AppError("NOT_FOUND")


def share(session: Session, application_id: str) -> None:
    """Takes the shared lock. Raises BEHIND when it is not had in time."""
    with busy_is_behind():
        session.execute(_SHARED, {"id": application_id, "space": _LOCK_SPACE})


def lock_shared(session: Session, application_id: str) -> Scope:
    """Takes the shared lock, then reads the scope. Raises NOT_FOUND, BEHIND."""
    share(session, application_id)
    found = find(session, application_id)
    if found is None:
        raise AppError("NOT_FOUND")
    return found


def check_open(scope: Scope) -> None:
    """Raises WRONG_STATE when photos may not change any more."""
    if not scope.is_open:
        raise AppError("WRONG_STATE", "该申请已提交或已结束，照片和文件不能再修改；如需修改请先“撤回修改”。")


def lock_alone(session: Session, application_id: str) -> Scope | None:
    """Takes the lock alone within two seconds, then reads the scope. Its row stays locked, too: a release takes that.

    Raises BEHIND when a change is still under way: only the cylinders of an import take that long.
    """
    session.execute(text("set local lock_timeout = '2s'"))
    with busy_is_behind():
        session.execute(_ALONE, {"id": application_id, "space": _LOCK_SPACE})
    session.execute(text("set local lock_timeout = '3s'"))
    return find(session, application_id, lock=True)


def learn(
    session: Session,
    application_id: str,
    unit_id: str,
    state: str = "draft",
    district_code: str | None = None,
    authority_code: str | None = None,
) -> None:
    """Notes an application, unless it is known."""
    row = {
        "application_id": application_id,
        "unit_id": unit_id,
        "state": _STATES.get(state, "sealed"),
        "district_code": district_code,
        "authority_code": authority_code,
    }
    noted = insert(scope_table).values(**row).on_conflict_do_nothing().returning(scope_table.c.no)
    no = session.execute(noted).scalar()
    if no is not None:
        session.execute(insert(counter).values(scope_no=no))


def known_or_asked(tools: Tools, application_id: str, actor: Actor) -> Scope:
    """The scope; of an application whose events have not come yet, review is asked. Raises what review answers."""
    with tools.database.reading() as session:
        found = find(session, application_id)
    if found is not None:
        return found
    told: ApplicationScope = tools.rpc.call(GetApplicationScope(application_id=application_id))
    with tools.database.changing(actor) as change:
        learn(
            change.session, application_id, told.unit_id, told.state, told.district_code, told.authority_code
        )
    with tools.database.reading() as session:
        found = find(session, application_id)
    if found is None:
        raise AppError("NOT_FOUND")
    return found

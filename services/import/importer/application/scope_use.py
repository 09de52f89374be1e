"""Learning of an application: from review's events, or by asking when a call comes before them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from chassis.access import check_may_see
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.review import ApplicationScope, GetApplicationScope
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.application.tools import Tools

# The state of an application → that of its cylinders; every state that is not named is sealed.
_STATES = {"draft": "open", "rejected": "released", "withdrawn": "released"}


def own_scope(tools: Tools, application_id: str, caller: Caller) -> Scope:
    """The scope of the caller's application; review is asked when its events have not come. Raises NOT_FOUND."""
    scope = _known_or_asked(tools, application_id, caller)
    check_may_see(caller, scope.unit_id, scope.authority_code)
    return scope


def readable_scope(session: Session, application_id: str, caller: Caller) -> Scope | None:
    """The scope for a reader; None when this service does not know it (yet).

    Raises NOT_FOUND for what is another's, and for an officer who asks for a draft.
    """
    scope = scopes.find(session, application_id)
    if scope is None:
        return None
    check_may_see(caller, scope.unit_id, scope.authority_code)
    if caller.role != "unit" and not scope.was_submitted:
        raise AppError("NOT_FOUND")
    return scope


def learn(session: Session, told: ApplicationScope) -> None:
    """Notes an application that review told of, unless it is known."""
    scopes.learn(
        session,
        application_id=told.application_id,
        unit_id=told.unit_id,
        application_no=told.application_no,
        registration_reason=told.registration_reason,
        variety_group=told.variety_group,
        district_code=told.district_code,
        authority_code=told.authority_code,
        state=_STATES.get(told.state, "sealed"),
    )


def _known_or_asked(tools: Tools, application_id: str, caller: Caller) -> Scope:
    with tools.database.reading() as session:
        found = scopes.find(session, application_id)
    if found is not None:
        return found
    told = tools.rpc.call(GetApplicationScope(application_id=application_id))
    with tools.database.changing(caller.actor) as change:
        learn(change.session, told)
    with tools.database.reading() as session:
        found = scopes.find(session, application_id)
    if found is None:
        raise AppError("NOT_FOUND")
    return found

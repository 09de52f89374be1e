"""The name that stands in the bar beside an account: its unit's or its authority's."""

from __future__ import annotations

import uuid

from contracts.errors import AppError
from contracts.identity import Account, GetMyUnit, ListAuthorities, Session
from gateway.asker import Asker
from gateway.services import Services


async def body_of(services: Services, session: Session) -> str:
    """Empty when it has none or can not be had at the moment: nobody waits at the door for a name."""
    asker = Asker(services, session.access_token, uuid.uuid4().hex)
    try:
        return await _name(asker, session.account)
    except AppError:
        return ""


async def _name(asker: Asker, account: Account) -> str:
    if account.unit_id:
        return (await asker.ask(GetMyUnit())).name
    if account.authority_code:
        authorities = (await asker.ask(ListAuthorities())).items
        return next((each.name for each in authorities if each.code == account.authority_code), "")
    return ""

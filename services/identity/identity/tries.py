"""How often visitors tried something: counted here, so that a limit holds whichever gateway is asked."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Database
from contracts import identity as contract
from identity.sessions import GATEWAY
from identity.tables import tries

_LEFT = func.extract("epoch", tries.c.until - func.now()).label("left")


def count_tries(database: Database, request: contract.CountTries) -> contract.Tries:
    """Adds the tries and answers how many there are in the window that the first of them opened."""
    key = _digest(request.what, request.who)
    if not request.add:
        open_ = (tries.c.digest == key) & (tries.c.until > func.now())
        with database.reading() as session:
            return _answer(session.execute(select(tries.c["count"], _LEFT).where(open_)).one_or_none())
    over, end = tries.c.until <= func.now(), func.now() + timedelta(seconds=request.window_s)
    first = insert(tries).values(digest=key, count=request.add, until=end)
    counted = first.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "count": case((over, request.add), else_=tries.c["count"] + request.add),
            "until": case((over, end), else_=tries.c.until),
        },
    )
    with database.changing(GATEWAY) as change:
        return _answer(change.session.execute(counted.returning(tries.c["count"], _LEFT)).one())


def _answer(found: Any) -> contract.Tries:
    if found is None:
        return contract.Tries(count=0, seconds_left=0)
    return contract.Tries(count=found[0], seconds_left=max(math.ceil(found[1]), 0))


def _digest(what: str, who: str) -> bytes:
    return hashlib.sha256(f"{what}\0{who}".encode()).digest()

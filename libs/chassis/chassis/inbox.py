"""The inbox: each event takes effect once and in the order of its aggregate, however the broker delivers it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.tables import inbox


class GapError(Exception):
    """An earlier event of this aggregate has not come yet: the handler is tried again later."""


def is_new(session: Session, source: str, aggregate_id: str, sequence: int) -> bool:
    """True once for each event, in order; False for one that was handled before. Raises GapError on a gap.

    The row stays locked until the commit: the effect and the note that it happened are one transaction.
    """
    first = insert(inbox).values(source=source, aggregate_id=aggregate_id, last=0)
    session.execute(first.on_conflict_do_nothing())
    here = (inbox.c.source == source) & (inbox.c.aggregate_id == aggregate_id)
    last = session.execute(select(inbox.c.last).where(here).with_for_update()).scalar_one()
    if sequence <= last:
        return False
    if sequence > last + 1:
        raise GapError(f"{source} {aggregate_id}: event {sequence} came after {last}")
    session.execute(inbox.update().where(here).values(last=sequence))
    return True

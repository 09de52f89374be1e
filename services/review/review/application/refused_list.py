"""不予登记: the cylinders with a wrong photo, as the list that goes with the acceptance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from contracts.bulk import Refused, write_refused
from contracts.events import Claim
from review.adapters.tables import review_cylinder, review_photo, verdict
from review.application.applications import Row
from review.application.tools import Tools


@dataclass(frozen=True)
class RefusedList:
    """The list in its form, and how many it names."""

    content: bytes
    count: int

    def claim(self, application_id: str) -> Claim:
        """Its claim: the key is made of its content, so that putting it again changes nothing."""
        digest = hashlib.sha256(self.content).hexdigest()
        return Claim(key=f"review/refused/{application_id}/{digest}.jsonl", sha256=digest)


def of(session: Session, row: Row, tools: Tools) -> RefusedList:
    """The list by the verdicts kept now: each cylinder once, with the first reason in the order of its photos."""
    columns, photo = verdict.c, review_photo.c
    query = (
        select(review_cylinder.c.cylinder_id, columns.reason_code, columns.note)
        .join(review_cylinder, same_place(review_cylinder))
        .join(review_photo, same_place(review_photo) & (photo.photo_id == columns.photo_id))
        .where(columns.application_id == row["id"], columns.attempt == row["attempt"])
        .where(columns.reason_code.is_not(None))
        .ext(distinct_on(columns.position))
        .order_by(columns.position, photo.kind, photo.photo_id)
    )
    refused = [
        Refused(cylinder_id=cylinder_id, reason_code=code, reason=_text(tools.verdict_reasons[code], note))
        for cylinder_id, code, note in session.execute(query)
    ]
    return RefusedList(write_refused(refused), len(refused))


def same_place(table: Table) -> ColumnElement[bool]:
    """The row of the page plan below which a verdict stands."""
    keys = ("application_id", "attempt", "position")
    return and_(*(table.c[name] == verdict.c[name] for name in keys))


def _text(reason: str, note: str) -> str:
    return f"{reason}：{note}" if note else reason

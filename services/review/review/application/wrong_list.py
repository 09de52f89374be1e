"""错误（不予登记）for people: the cylinders with a wrong photo, page by page of the review."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from chassis import pages
from chassis.tokens import Caller
from contracts.call import Page
from contracts.review import ListWrongCylinders, WrongCylinder
from review.adapters.tables import review_cylinder, review_photo, review_progress, verdict
from review.application import applications
from review.application.applications import Row
from review.application.photo_review import here
from review.application.refused_list import same_place
from review.application.tools import Tools


def wrong_cylinders(request: ListWrongCylinders, caller: Caller, tools: Tools) -> Page[WrongCylinder]:
    """Each cylinder once, with the first reason in the order of its photos."""
    place = pages.place_of(request.cursor, [int])
    with tools.database.reading() as session:
        row = applications.seen_by(session, request.application_id, caller)
        if caller.role == "unit" and row["refused"] is None:  # nothing is decided yet
            return Page[WrongCylinder](items=[], total=0)
        query = _query(row).limit(request.limit + 1)
        if place is not None:
            query = query.where(verdict.c.position > place[0])
        rows = session.execute(query).mappings().all()
        size, total = _counts(session, row)
    some = rows[: request.limit]
    cursor = pages.cursor_of(some[-1]["position"]) if len(rows) > request.limit else None
    items = [_shown(found, size, tools) for found in some]
    return Page[WrongCylinder](items=items, next_cursor=cursor, total=total)


def _query(row: Row) -> Select[tuple[object, ...]]:
    columns, photo, data = verdict.c, review_photo.c, review_cylinder.c.data
    return (
        select(
            columns.position,
            columns.reason_code,
            columns.note,
            review_cylinder.c.cylinder_id,
            data["serial_no"].astext.label("serial_no"),
            data["unit_serial_no"].astext.label("unit_serial_no"),
        )
        .join(review_cylinder, same_place(review_cylinder))
        .join(review_photo, same_place(review_photo) & (photo.photo_id == columns.photo_id))
        .where(here(verdict, row), columns.reason_code.is_not(None))
        .ext(distinct_on(columns.position))
        .order_by(columns.position, photo.kind, photo.photo_id)
    )


def _counts(session: Session, row: Row) -> tuple[int, int]:
    progress = review_progress.c
    found = session.execute(select(progress.page_size, progress.wrong).where(here(review_progress, row)))
    size, wrong = found.one_or_none() or (1, 0)
    return size, wrong


def _shown(found: Row, size: int, tools: Tools) -> WrongCylinder:
    return WrongCylinder(
        cylinder_id=found["cylinder_id"],
        page=found["position"] // size + 1,
        serial_no=found["serial_no"],
        unit_serial_no=found["unit_serial_no"],
        reason_code=found["reason_code"],
        reason=tools.verdict_reasons[found["reason_code"]],
        note=found["note"],
    )

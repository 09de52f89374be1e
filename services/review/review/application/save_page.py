"""下一页: the verdicts of a page are kept, and the counts of the review follow."""

from __future__ import annotations

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.review import PageSaved, SaveReviewPage
from review.adapters.tables import (
    page,
    page_opened,
    review_cylinder,
    review_photo,
    review_progress,
    verdict,
)
from review.application import participants
from review.application.applications import Row
from review.application.photo_review import (
    between,
    here,
    plan_of,
    progress_of,
    reviewable,
    seen_pages,
)
from review.application.tools import Tools
from review.domain.states import Step
from review.domain.verdicts import PagePhoto, Verdict, WrongMark, judge_page, wrong_cylinders


def save_page(change: Change, request: SaveReviewPage, caller: Caller, tools: Tools) -> PageSaved:
    """下一页. Raises PAGE_NOT_OPENED, PHOTOS_UNSEEN, VALIDATION, SAME_PERSON.

    STALE has the page's version as ``current``, and with ``saved_by`` and ``saved_at`` who saved it meanwhile.
    """
    session = change.session
    row = reviewable(session, request.application_id, caller, lock="share")
    participants.check(session, row, Step.ACCEPTANCE, caller.id)
    positions = plan_of(progress_of(session, row)).positions(request.page)
    _check_opened(session, row, request.page, caller)
    kept = _lock_page(session, row, request.page)
    version = int(kept["version"])
    if version != request.version:
        seen_at = kept["seen_at"] and kept["seen_at"].isoformat()
        raise AppError("STALE", current=version, saved_by=kept["seen_by"], saved_at=seen_at)
    verdicts = _judged(session, row, positions, request, tools)
    before = _wrong_on(session, row, request.page)
    _keep(session, row, request.page, verdicts, caller)
    participants.add(session, row, Step.ACCEPTANCE, caller.id)
    more = len(wrong_cylinders(given for _, given in verdicts)) - before
    wrong = _count(session, row, request.page, caller, more)
    change.note("review.page_saved", f"application:{row['id']}", page=request.page, version=version + 1)
    return PageSaved(version=version + 1, seen=seen_pages(session, row), wrong=wrong)


def _check_opened(session: Session, row: Row, number: int, caller: Caller) -> None:
    columns = page_opened.c
    mine = here(page_opened, row) & (columns.number == number) & (columns.officer_id == caller.id)
    if session.execute(select(columns.number).where(mine)).scalar() is None:
        raise AppError("PAGE_NOT_OPENED")


def _lock_page(session: Session, row: Row, number: int) -> RowMapping:
    """The version of the page and who saved it; its row is locked until the commit."""
    first = insert(page).values(application_id=row["id"], attempt=row["attempt"], number=number)
    session.execute(first.on_conflict_do_nothing())
    query = select(page).where(here(page, row), page.c.number == number).with_for_update()
    return session.execute(query).mappings().one()


def _judged(
    session: Session, row: Row, positions: range, request: SaveReviewPage, tools: Tools
) -> list[tuple[int, Verdict]]:
    """The verdicts of the page with the positions of their cylinders."""
    cylinders = {
        one["position"]: one["cylinder_id"] for one in between(session, review_cylinder, row, positions)
    }
    places = [
        (one["position"], PagePhoto(cylinders[one["position"]], one["photo_id"]))
        for one in between(session, review_photo, row, positions)
    ]
    marks = [WrongMark(one.photo_id, one.reason_code, one.note, one.cylinder_id) for one in request.wrong]
    verdicts = judge_page([photo for _, photo in places], request.shown, marks, tools.verdict_reasons)
    return [(position, given) for (position, _), given in zip(places, verdicts, strict=True)]


def _keep(
    session: Session, row: Row, number: int, verdicts: list[tuple[int, Verdict]], caller: Caller
) -> None:
    about = {"application_id": row["id"], "attempt": row["attempt"], "number": number}
    rows = [
        {
            **about,
            "position": position,
            "photo_id": given.photo_id,
            "reason_code": given.reason_code,
            "note": given.note,
            "officer_id": caller.id,
        }
        for position, given in verdicts
    ]
    if not rows:
        return
    new = insert(verdict).values(rows)
    changed = {name: new.excluded[name] for name in ("reason_code", "note", "officer_id")}
    keys = ["application_id", "attempt", "position", "photo_id"]
    session.execute(new.on_conflict_do_update(index_elements=keys, set_={**changed, "judged_at": func.now()}))


def _wrong_on(session: Session, row: Row, number: int) -> int:
    """Cylinders of a page that are wrong by the verdicts kept so far."""
    columns = verdict.c
    mine = here(verdict, row) & (columns.number == number) & columns.reason_code.is_not(None)
    query = select(func.count(columns.position.distinct())).where(mine)
    return int(session.execute(query).scalar_one())


def _count(session: Session, row: Row, number: int, caller: Caller, more: int) -> int:
    """Notes the save of a page; then, last of all since all pages meet there, the counts of the review."""
    mine = here(page, row) & (page.c.number == number)
    first = session.execute(select(page.c.seen_at).where(mine)).scalar() is None
    session.execute(
        update(page).where(mine).values(version=page.c.version + 1, seen_by=caller.id, seen_at=func.now())
    )
    columns = review_progress.c
    counted = (
        update(review_progress)
        .where(here(review_progress, row))
        .values(seen=columns.seen + int(first), wrong=columns.wrong + more)
        .returning(columns.wrong)
    )
    return int(session.execute(counted).scalar_one())

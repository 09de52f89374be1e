"""审核附件: how far it is, a page with its photos, 下一页 and 完成."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Table, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database import Change
from chassis.tokens import Caller
from contracts.attachments import LinkPhotos, PhotoLink
from contracts.errors import AppError
from contracts.review import (
    CompleteReview,
    OpenReviewPage,
    PageSaved,
    ReviewCylinder,
    ReviewPage,
    ReviewPhoto,
    ReviewState,
    SaveReviewPage,
)
from review.adapters.tables import (
    page,
    page_opened,
    review_cylinder,
    review_photo,
    review_progress,
    verdict,
)
from review.application import applications, participants
from review.application.applications import Row
from review.application.tools import Tools
from review.domain.errors import Forbidden, WrongState
from review.domain.pages import PagePlan
from review.domain.states import STATE_NAMES, State, Step
from review.domain.verdicts import PagePhoto, Verdict, WrongMark, check_complete, judge_page, wrong_cylinders

LINKS_AT_ONCE = 400


def here(table: Table, row: Row) -> Any:
    """The condition for what belongs to the current submission."""
    return (table.c.application_id == row["id"]) & (table.c.attempt == row["attempt"])


def progress_of(session: Session, row: Row, *, lock: bool = False) -> RowMapping:
    """The counts of the review. Raises PREPARING until its pages are laid out."""
    query = select(review_progress).where(here(review_progress, row))
    found = session.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if found is None:
        raise AppError("PREPARING")
    return found


def state_of(application_id: str, caller: Caller, tools: Tools) -> ReviewState:
    """How far the review is. Raises NOT_FOUND, PREPARING."""
    with tools.database.reading() as session:
        return _shown(session, applications.seen_by(session, application_id, caller))


def _shown(session: Session, row: Row) -> ReviewState:
    progress = progress_of(session, row)
    return ReviewState(
        pages=progress["pages"],
        page_size=progress["page_size"],
        seen=seen_pages(session, row),
        wrong=progress["wrong"],
        completed=progress["completed_at"] is not None,
    )


def seen_pages(session: Session, row: Row) -> list[int]:
    seen = select(page.c.number).where(here(page, row), page.c.seen_at.is_not(None))
    return list(session.execute(seen.order_by(page.c.number)).scalars())


def _reviewable(session: Session, application_id: str, caller: Caller, *, lock: str = "") -> Row:
    """An application whose photos this officer may judge now. Raises NOT_FOUND, FORBIDDEN, WRONG_STATE."""
    row = applications.seen_by(session, application_id, caller, lock=lock)
    if Step.ACCEPTANCE not in caller.steps:
        raise Forbidden("“审核附件”由受理人员办理，如需办理请联系本局管理员。")
    if row["state"] != State.SUBMITTED:
        name = STATE_NAMES[State(row["state"])]
        detail = f"申请当前为“{name}”，不能再审核附件，请查看最新状态。"
        raise WrongState(detail, current=row["state"], moved_by=row["moved_by"])
    return row


def open_page(request: OpenReviewPage, caller: Caller, tools: Tools) -> ReviewPage:
    """Notes that this officer has the page before them, and gives it with addresses of its photos."""
    with tools.database.changing(caller.actor) as change:
        row = _reviewable(change.session, request.application_id, caller, lock="share")
        positions = _plan(progress_of(change.session, row)).positions(request.page)
        opened = {"application_id": row["id"], "attempt": row["attempt"], "number": request.page}
        change.session.execute(
            insert(page_opened).values(**opened, officer_id=caller.id).on_conflict_do_nothing()
        )
    with tools.database.reading() as session:
        saved = (
            session.execute(select(page).where(here(page, row), page.c.number == request.page))
            .mappings()
            .one_or_none()
        )
        cylinders = _between(session, review_cylinder, row, positions)
        photos = _between(session, review_photo, row, positions)
        verdicts = _between(session, verdict, row, positions)
    links = _links([photo["photo_id"] for photo in photos], tools)
    return ReviewPage(
        page=request.page,
        version=saved["version"] if saved else 1,
        seen=saved is not None and saved["seen_at"] is not None,
        cylinders=_cylinders(cylinders, photos, verdicts, links),
    )


def _plan(progress: RowMapping) -> PagePlan:
    return PagePlan(progress["cylinders"], progress["page_size"])


def _between(session: Session, table: Table, row: Row, positions: range) -> Sequence[RowMapping]:
    """Rows of a page, by cylinder; of photos 钢印 comes first."""
    column = table.c.position
    order = [column, *(table.c[name] for name in ("kind", "photo_id") if name in table.c)]
    query = select(table).where(here(table, row), column.between(positions[0], positions[-1]))
    return session.execute(query.order_by(*order)).mappings().all()


def _links(photo_ids: list[str], tools: Tools) -> dict[str, PhotoLink]:
    wanted = list(dict.fromkeys(photo_ids))
    found: dict[str, PhotoLink] = {}
    for first in range(0, len(wanted), LINKS_AT_ONCE):
        some = tools.rpc.call(LinkPhotos(photo_ids=wanted[first : first + LINKS_AT_ONCE]))
        found.update({link.photo_id: link for link in some.items})
    return found


def _cylinders(
    cylinders: Sequence[RowMapping],
    photos: Sequence[RowMapping],
    verdicts: Sequence[RowMapping],
    links: dict[str, PhotoLink],
) -> list[ReviewCylinder]:
    judged = {(one["position"], one["photo_id"]): one for one in verdicts}
    below: dict[int, list[ReviewPhoto]] = {}
    for photo in photos:
        given = judged.get((photo["position"], photo["photo_id"]))
        below.setdefault(photo["position"], []).append(_photo(photo, given, links.get(photo["photo_id"])))
    return [
        ReviewCylinder(
            id=one["cylinder_id"],
            row=one["row"],
            values=one["data"],
            warnings=one["warnings"],
            photos=below.get(one["position"], []),
        )
        for one in cylinders
    ]


def _photo(photo: RowMapping, given: RowMapping | None, link: PhotoLink | None) -> ReviewPhoto:
    reason = given["reason_code"] if given else None
    return ReviewPhoto(
        id=photo["photo_id"],
        kind=photo["kind"],
        url=link.url if link else "",
        thumbnail_url=link.thumbnail_url if link else "",
        verdict="wrong" if reason else "correct",
        reason_code=reason,
        note=given["note"] if given else "",
    )


def save_page(change: Change, request: SaveReviewPage, caller: Caller, tools: Tools) -> PageSaved:
    """下一页. Raises PAGE_NOT_OPENED, STALE with the page's version, PHOTOS_UNSEEN, VALIDATION, SAME_PERSON."""
    session = change.session
    row = _reviewable(session, request.application_id, caller, lock="share")
    participants.check(session, row, Step.ACCEPTANCE, caller.id)
    positions = _plan(progress_of(session, row)).positions(request.page)
    _check_opened(session, row, request.page, caller)
    version = _lock_page(session, row, request.page)
    if version != request.version:
        raise AppError("STALE", current=version)
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


def _lock_page(session: Session, row: Row, number: int) -> int:
    """The version of the page, whose row is locked until the commit."""
    first = insert(page).values(application_id=row["id"], attempt=row["attempt"], number=number)
    session.execute(first.on_conflict_do_nothing())
    query = select(page.c.version).where(here(page, row), page.c.number == number).with_for_update()
    return int(session.execute(query).scalar_one())


def _judged(
    session: Session, row: Row, positions: range, request: SaveReviewPage, tools: Tools
) -> list[tuple[int, Verdict]]:
    """The verdicts of the page with the positions of their cylinders."""
    cylinders = {
        one["position"]: one["cylinder_id"] for one in _between(session, review_cylinder, row, positions)
    }
    places = [
        (one["position"], PagePhoto(cylinders[one["position"]], one["photo_id"]))
        for one in _between(session, review_photo, row, positions)
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


def complete(change: Change, request: CompleteReview, caller: Caller, tools: Tools) -> ReviewState:
    """完成. Raises UNSEEN_PAGES with ``pages``."""
    session = change.session
    row = _reviewable(session, request.application_id, caller, lock="share")
    participants.check(session, row, Step.ACCEPTANCE, caller.id)
    progress = progress_of(session, row, lock=True)
    check_complete(progress["pages"], seen_pages(session, row))
    if progress["completed_at"] is None:
        done = update(review_progress).where(here(review_progress, row))
        session.execute(done.values(completed_at=tools.now(), completed_by=caller.id))
        participants.add(session, row, Step.ACCEPTANCE, caller.id)
        change.note("review.completed", f"application:{row['id']}", wrong=progress["wrong"])
    return _shown(session, row)

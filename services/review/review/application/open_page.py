"""A page of the photo review with the addresses of its photos; from now on its officer may save it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from chassis.tokens import Caller
from contracts.attachments import LinkPhotos, PhotoLink
from contracts.review import OpenReviewPage, ReviewCylinder, ReviewPage, ReviewPhoto
from review.adapters.tables import page, page_opened, review_cylinder, review_photo, verdict
from review.application.photo_review import between, here, plan_of, progress_of, reviewable
from review.application.tools import Tools

LINKS_AT_ONCE = 400


def open_page(request: OpenReviewPage, caller: Caller, tools: Tools) -> ReviewPage:
    """Notes that this officer has the page before them, and gives it with addresses of its photos."""
    with tools.database.changing(caller.actor) as change:
        row = reviewable(change.session, request.application_id, caller, lock="share")
        positions = plan_of(progress_of(change.session, row)).positions(request.page)
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
        cylinders = between(session, review_cylinder, row, positions)
        photos = between(session, review_photo, row, positions)
        verdicts = between(session, verdict, row, positions)
    links = _links([photo["photo_id"] for photo in photos], tools)
    return ReviewPage(
        page=request.page,
        version=saved["version"] if saved else 1,
        seen=saved is not None and saved["seen_at"] is not None,
        cylinders=_cylinders(cylinders, photos, verdicts, links),
    )


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

"""审核附件 (ui.md section 6.4): a page of the review, 下一页 as a plain form, and 完成."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Query, Response

from contracts.errors import AppError
from contracts.review import (
    CompleteReview,
    GetApplication,
    GetReview,
    ListReasons,
    ListWrongCylinders,
    OpenReviewPage,
    Reasons,
    ReviewState,
    SaveReviewPage,
    WrongPhoto,
)
from gateway.parameters import Id
from gateway.web.bureau.page_conflicts import with_name
from gateway.web.bureau.review_view import Counts, cards, first_unseen, keyed
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/b")
Number = Annotated[int | None, Query(ge=1, le=1_000_000)]
ONLY_TO_READ = frozenset({"WRONG_STATE", "FORBIDDEN", "SAME_PERSON"})
_WRONG_SHOWN = 200


@router.get("/applications/{application_id}/review", operation_id="bureauReviewPage")
async def review_page(
    web: Browser, application_id: Id, page: Number = None, done: bool = False, left: int = 0
) -> Response:
    """The page of the address, or the first that nobody has seen."""
    application, review = await asyncio.gather(
        web.ask(GetApplication(application_id=application_id)), _review(web, application_id)
    )
    known: dict[str, Any] = {
        "application": application,
        "address": f"/b/applications/{application_id}/review",
    }
    if isinstance(review, AppError):
        return web.render("bureau/review_preparing.html", preparing=review.detail, **known)
    known |= {"review": review, "counts": Counts.of(review)}
    if review.completed and (done or page is None) and application.state == "submitted":
        return web.render("bureau/review_done.html", **known)
    number = page or first_unseen(review)
    try:
        opened, reasons = await asyncio.gather(
            web.ask(OpenReviewPage(application_id=application_id, page=number)), _reasons(web)
        )
    except AppError as refusal:
        if refusal.code not in ONLY_TO_READ:
            raise
        wrong = await web.ask(ListWrongCylinders(application_id=application_id, limit=_WRONG_SHOWN))
        return web.render("bureau/review_read.html", wrong=wrong, refusal=refusal, **known)
    return web.render(
        "bureau/review.html",
        page=opened,
        cards=cards(opened.cylinders),
        reasons=keyed(reasons.items),
        left=left,
        **known,
    )


async def _review(web: Web, application_id: str) -> ReviewState | AppError:
    """How far it is, or the PREPARING that says why it has not begun."""
    try:
        return await web.ask(GetReview(application_id=application_id))
    except AppError as refusal:
        if refusal.code != "PREPARING":
            raise
        return refusal


async def _reasons(web: Web) -> Reasons:
    return await web.ask(ListReasons(kind_of_list="photo_verdict"))


@router.post("/applications/{application_id}/review", operation_id="bureauReviewSaveForm")
async def save_form(web: Browser, application_id: Id) -> Response:
    """下一页 of a browser without modules: all photos of the page stand below each other there."""
    form, address = web.form, f"/b/applications/{application_id}/review"
    number = max(form.number("page"), 1)
    wanted = SaveReviewPage(
        application_id=application_id,
        page=number,
        version=form.number("version"),
        shown=list(dict.fromkeys(form.all("shown"))),
        wrong=_wrong(web),
    )
    try:
        await web.ask(wanted)
    except AppError as refusal:
        raise await with_name(web, refusal, number) from refusal
    review = await web.ask(GetReview(application_id=application_id))
    return web.go(f"{address}?page={min(number + 1, review.pages)}")


def _wrong(web: Web) -> list[WrongPhoto]:
    """Every pair of 正确 and 错误 is named after its cylinder and photo."""
    form, found = web.form, []
    for name, value in form.values.items():
        kind, _, about = name.partition(":")
        cylinder, _, photo = about.partition(":")
        if kind == "verdict" and value == "wrong":
            reason, note = form.text(f"reason:{about}"), form.text(f"note:{about}")
            found.append(WrongPhoto(photo_id=photo, reason_code=reason, note=note, cylinder_id=cylinder))
    return found


@router.post("/applications/{application_id}/review/completion", operation_id="bureauReviewComplete")
async def complete(web: Browser, application_id: Id) -> Response:
    """完成; with pages that nobody has seen it leads to the first of them and says how many are left."""
    address = f"/b/applications/{application_id}/review"
    try:
        await web.ask(CompleteReview(application_id=application_id))
    except AppError as refusal:
        if refusal.code != "UNSEEN_PAGES":
            raise
        review = await web.ask(GetReview(application_id=application_id))
        left = Counts.of(review).left
        return web.go(f"{address}?page={first_unseen(review)}&left={left}")
    return web.go(f"{address}?done=true")

"""What the modules of 审核附件 ask: the next page as a fragment, and 下一页 as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import JSONResponse

from contracts.errors import AppError
from contracts.review import OpenReviewPage, SaveReviewPage, WrongPhoto
from gateway.api.review import PageNumber, SeenPage
from gateway.parameters import Id
from gateway.problems import problem
from gateway.web.bureau.page_conflicts import with_name
from gateway.web.bureau.review_view import cards
from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages("/b")
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]


@router.get("/applications/{application_id}/review/pages/{page}", operation_id="bureauReviewPart")
async def part(web: Browser, application_id: Id, page: PageNumber) -> Response:
    """A page of cards alone; from now on its officer may save it."""
    try:
        opened = await web.ask(OpenReviewPage(application_id=application_id, page=page))
    except AppError as refusal:
        return problem(refusal)
    return web.render("bureau/_review_page.html", page=opened, cards=cards(opened.cylinders), reasons=[])


@router.put("/applications/{application_id}/review/pages/{page}", operation_id="bureauReviewSave")
async def save(web: Browser, application_id: Id, page: PageNumber, body: SeenPage, key: Key) -> Response:
    """PAGE_NOT_OPENED, PHOTOS_UNSEEN, STALE with ``current`` and who was faster, WRONG_STATE, SAME_PERSON as problems.

    The key is the save's own, so a save whose answer was lost is not done twice.
    """
    wrong = [WrongPhoto(**photo.model_dump()) for photo in body.wrong]
    call = SaveReviewPage(
        application_id=application_id, page=page, version=body.version, shown=body.shown, wrong=wrong
    )
    try:
        saved = await web.ask(call, key=key)
    except AppError as refusal:
        return problem(await with_name(web, refusal, page))
    return JSONResponse(saved.model_dump(mode="json"), headers={"Cache-Control": "no-store"})

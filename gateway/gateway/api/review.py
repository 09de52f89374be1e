"""审核附件: the photo review, page by page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import ConfigDict, Field

from contracts.review import (
    CompleteReview,
    GetReview,
    OpenReviewPage,
    PageSaved,
    ReviewCylinder,
    ReviewPage,
    ReviewState,
    SaveReviewPage,
    WrongPhoto,
)
from gateway.asker import Ask
from gateway.bodies import Body, Version
from gateway.parameters import Id
from gateway.routing import resource

router = resource("审核附件")
PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]


class CylinderAnswer(ReviewCylinder):
    """A cylinder with its data beside it, by the names of the columns."""

    model_config = ConfigDict(extra="allow")


class PageAnswer(ReviewPage):
    """A page of the review."""

    cylinders: list[CylinderAnswer]  # type: ignore[assignment]  # the same, with more beside it


class WrongPhotoBody(Body):
    """错误 with its reason; V99 needs a note."""

    photo_id: str = Field(max_length=64)
    reason_code: str = Field(max_length=10)
    note: str = Field(default="", max_length=600)
    cylinder_id: str | None = Field(default=None, max_length=64)


class SeenPage(Body):
    """下一页: what was shown and is not wrong is correct; ``version`` is the page's."""

    version: Version
    shown: list[str] = Field(max_length=1000)
    wrong: list[WrongPhotoBody] = Field(default_factory=list, max_length=1000)


@router.get("/applications/{application_id}/review", operation_id="getReview", summary="审核附件的进度")
async def get_review(application_id: Id, ask: Ask) -> ReviewState:
    """PREPARING until the pages are there."""
    return await ask.ask(GetReview(application_id=application_id))


@router.get(
    "/applications/{application_id}/review/pages/{page}",
    operation_id="openReviewPage",
    summary="打开审核附件的一页",
)
async def open_review_page(application_id: Id, page: PageNumber, ask: Ask) -> PageAnswer:
    """From now on the same officer may save the page."""
    opened = await ask.ask(OpenReviewPage(application_id=application_id, page=page))
    return PageAnswer(
        page=opened.page,
        version=opened.version,
        seen=opened.seen,
        cylinders=[_beside(cylinder) for cylinder in opened.cylinders],
    )


def _beside(cylinder: ReviewCylinder) -> CylinderAnswer:
    own: dict[str, Any] = {name: getattr(cylinder, name) for name in type(cylinder).model_fields}
    return CylinderAnswer.model_validate({**cylinder.values, **own})


@router.put(
    "/applications/{application_id}/review/pages/{page}",
    operation_id="saveReviewPage",
    summary="保存审核附件的一页",
)
async def save_review_page(application_id: Id, page: PageNumber, body: SeenPage, ask: Ask) -> PageSaved:
    """PAGE_NOT_OPENED, PHOTOS_UNSEEN, STALE, WRONG_STATE, SAME_PERSON."""
    wrong = [WrongPhoto(**photo.model_dump()) for photo in body.wrong]
    return await ask.ask(
        SaveReviewPage(
            application_id=application_id, page=page, version=body.version, shown=body.shown, wrong=wrong
        )
    )


@router.post(
    "/applications/{application_id}/review/completion",
    operation_id="completeReview",
    summary="完成审核附件",
)
async def complete_review(application_id: Id, ask: Ask) -> ReviewState:
    """UNSEEN_PAGES with the pages that are left."""
    return await ask.ask(CompleteReview(application_id=application_id))

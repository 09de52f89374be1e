"""The bureau's work: to-dos, photo review, decisions, issue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import ConfigDict, Field

from contracts.call import Page
from contracts.review import (
    CompleteReview,
    Decide,
    GetReview,
    GetTodos,
    IssueCertificate,
    Issuing,
    ListTasks,
    OpenReviewPage,
    PageSaved,
    ReviewCylinder,
    ReviewPage,
    ReviewState,
    SaveReviewPage,
    StepName,
    Task,
    Todos,
    WrongPhoto,
)
from gateway.api.application_answers import ApplicationAnswer, with_counts
from gateway.asker import Ask
from gateway.bodies import Body, Version
from gateway.parameters import Id, Pages
from gateway.routing import resource

router = resource("业务办理")
PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]
Step = Annotated[StepName, Query(description="办理环节")]


class TaskAnswer(Task):
    """A task is its application, so ``id`` is the application's."""

    id: str


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


class Decision(Body):
    """A decision; ``reject`` needs a reason and the confirming words."""

    step: StepName
    outcome: Literal["pass", "reject"]
    opinion: str = Field(max_length=600)
    version: Version
    reason_code: str | None = Field(default=None, max_length=10)
    note: str = Field(default="", max_length=600)
    confirm: str = Field(default="", max_length=40)


class Issue(Body):
    """``version`` as the officer saw the application."""

    version: Version


@router.get("/todos", operation_id="getTodos", summary="待办事项")
async def get_todos(ask: Ask) -> Todos:
    """One line for each of the caller's steps."""
    return await ask.ask(GetTodos())


@router.get("/tasks", operation_id="listTasks", summary="待办的申请")
async def list_tasks(step: Step, ask: Ask, pages: Pages) -> Page[TaskAnswer]:
    """Those that wait for the step, the nearest deadline first."""
    page = await ask.ask(ListTasks(step=step, limit=pages.limit, cursor=pages.cursor))
    items = [TaskAnswer(**task.model_dump(), id=task.application_id) for task in page.items]
    return Page[TaskAnswer](
        items=items, next_cursor=page.next_cursor, total=page.total, total_capped=page.total_capped
    )


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


@router.post(
    "/applications/{application_id}/decisions",
    operation_id="decide",
    summary="受理、审核、审批或驳回（退件）",
)
async def decide(application_id: Id, body: Decision, ask: Ask) -> ApplicationAnswer:
    """On one application 受理, 审核 and 审批 are three people (SAME_PERSON)."""
    application = await ask.ask(Decide(application_id=application_id, **body.model_dump()))
    return await with_counts(ask, application)


@router.post(
    "/applications/{application_id}/certificate",
    status_code=202,
    operation_id="issueCertificate",
    summary="证书生成",
)
async def issue_certificate(application_id: Id, body: Issue, ask: Ask) -> Issuing:
    """Repeated it answers the same certificate."""
    return await ask.ask(IssueCertificate(application_id=application_id, version=body.version))

"""Applications (申请批次): from draft to submission."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from contracts.call import Page
from contracts.completeness import Completeness
from contracts.review import (
    GetApplication,
    GetCompleteness,
    GetTimeline,
    ListApplications,
    OpenApplication,
    SubmitApplication,
    Timeline,
    WithdrawApplication,
)
from gateway.api.application_answers import ApplicationAnswer, page_with_counts, with_counts
from gateway.asker import Ask
from gateway.bodies import Body, Version
from gateway.parameters import EmptyIsNone, Id, Pages, Short
from gateway.routing import resource

router = resource("使用登记申请")
State = Annotated[Short | None, EmptyIsNone, Query(description="只列这个状态的申请")]


class NewApplication(Body):
    """``variety_group`` may be left out: the first import settles it."""

    category: str = Field(max_length=10)
    registration_reason: str = Field(max_length=40)
    variety_group: str | None = Field(default=None, max_length=10)


class Withdrawal(Body):
    """``version`` as the caller saw it; ``keep`` takes the application back to a draft (撤回修改)."""

    version: Version
    keep: bool = False


class Submission(Body):
    """``declared``: the person who fills in declares that all of it is true."""

    declared: bool
    filled_by: str = Field(min_length=1, max_length=40)
    version: Version


@router.post("/applications", status_code=201, operation_id="openApplication", summary="新建申请")
async def open_application(body: NewApplication, ask: Ask) -> ApplicationAnswer:
    """A new draft."""
    return await with_counts(ask, await ask.ask(OpenApplication(**body.model_dump())))


@router.get("/applications", operation_id="listApplications", summary="申请列表")
async def list_applications(ask: Ask, pages: Pages, state: State = None) -> Page[ApplicationAnswer]:
    """Those of the caller's unit or authority, the newest first."""
    page = await ask.ask(ListApplications(state=state, limit=pages.limit, cursor=pages.cursor))
    return await page_with_counts(ask, page)


@router.get("/applications/{application_id}", operation_id="getApplication", summary="查看申请")
async def get_application(application_id: Id, ask: Ask) -> ApplicationAnswer:
    """One application."""
    return await with_counts(ask, await ask.ask(GetApplication(application_id=application_id)))


@router.delete("/applications/{application_id}", operation_id="deleteApplication", summary="删除草稿")
async def delete_application(application_id: Id, ask: Ask) -> ApplicationAnswer:
    """A draft is withdrawn: it stays in the list as 已撤回, and its cylinders are free."""
    return await with_counts(ask, await ask.ask(WithdrawApplication(application_id=application_id)))


@router.post(
    "/applications/{application_id}/withdrawal", operation_id="withdrawApplication", summary="撤回申请"
)
async def withdraw_application(application_id: Id, body: Withdrawal, ask: Ask) -> ApplicationAnswer:
    """Ends the application, or takes it back to a draft. STALE, WRONG_STATE."""
    call = WithdrawApplication(application_id=application_id, version=body.version, keep=body.keep)
    return await with_counts(ask, await ask.ask(call))


@router.post(
    "/applications/{application_id}/submission", operation_id="submitApplication", summary="提交使用登记表"
)
async def submit_application(application_id: Id, body: Submission, ask: Ask) -> ApplicationAnswer:
    """INCOMPLETE with all that is missing, IMPORT_RUNNING, PHOTOS_PENDING, STALE, WRONG_STATE."""
    call = SubmitApplication(application_id=application_id, **body.model_dump())
    return await with_counts(ask, await ask.ask(call))


@router.get(
    "/applications/{application_id}/completeness", operation_id="getCompleteness", summary="检查是否齐全"
)
async def get_completeness(application_id: Id, ask: Ask) -> Completeness:
    """Everything that is missing before the submission, at once (一次性告知)."""
    return await ask.ask(GetCompleteness(application_id=application_id))


@router.get("/applications/{application_id}/timeline", operation_id="getTimeline", summary="使用登记进度")
async def get_timeline(application_id: Id, ask: Ask) -> Timeline:
    """Who did what and when, and until when the next step is due."""
    return await ask.ask(GetTimeline(application_id=application_id))

"""Decisions of 受理, 审核 and 审批, and 证书生成."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.review import Decide, IssueCertificate, Issuing, StepName
from gateway.api.application_answers import ApplicationAnswer, with_counts
from gateway.asker import Ask
from gateway.bodies import Body, Version
from gateway.parameters import Id
from gateway.routing import resource

router = resource("业务办理")


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

"""Verification for anyone, without sign-in and without personal data."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import Query, Request, UploadFile
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from contracts.certificate import (
    CylinderInCertificate,
    FindCylinderInCertificate,
    GetPdfCheck,
    PdfCheck,
    StartPdfCheck,
    Verification,
    VerifyToken,
)
from contracts.certificate import State as CertificateState
from contracts.errors import AppError
from contracts.identity import CheckCaptcha
from contracts.review import FindProgress, PublicProgress
from gateway.api.pdf_staging import MOST_BYTES, stage, unstage
from gateway.asker import Ask, Asker
from gateway.bodies import Body
from gateway.limits import CYLINDERS, FILES, PICTURE_AFTER, WRONG_PROGRESS
from gateway.routing import API, resource

router = resource("证书核验")
PDF_CHECKS = f"{API}/public/verifications"
MULTIPART_BYTES = 64 << 10
"""What the form around the file may take."""
CHECK_WITHIN_S = 20.0
LONGEST_TOKEN = 64
SerialNo = Annotated[str, Query(min_length=1, max_length=60, description="产品编号，须完整")]

__all__ = ["MOST_BYTES", "PDF_CHECKS", "cylinder_in", "progress_of", "router", "verification"]


class PdfVerdict(BaseModel):
    """What the check of a PDF found; ``state`` is the certificate's, if the file belongs to one."""

    intact: bool
    trusted: bool
    ours: bool
    latest: bool
    number: str | None
    state: CertificateState | None
    message: str


class PictureCode(Body):
    """What somebody read off a picture (GET /captchas)."""

    id: str = Field(max_length=64)
    answer: str = Field(max_length=40)


class ProgressQuestion(Body):
    """申请编号, and the last six characters of the unit's 统一社会信用代码; a picture code after 3 wrong pairs."""

    application_no: str = Field(min_length=1, max_length=40)
    credit_code_tail: str = Field(min_length=6, max_length=6)
    captcha: PictureCode | None = None


async def progress_of(asker: Asker, request: Request, question: ProgressQuestion) -> PublicProgress:
    """How far it is; small letters are taken as capitals.

    NOT_FOUND with one text for both faults, and with ``captcha`` when the next question needs a picture code;
    CAPTCHA_REQUIRED or VALIDATION without a good one; TOO_MANY_REQUESTS.
    """
    tries = await WRONG_PROGRESS.look(asker, request)
    try:
        if tries.count >= PICTURE_AFTER:
            await _check(asker, question.captcha)
        return await asker.ask(
            FindProgress(
                application_no=_capitals(question.application_no),
                credit_code_tail=_capitals(question.credit_code_tail),
            )
        )
    except AppError as refusal:
        if refusal.status < 500:
            tries = await WRONG_PROGRESS.add(asker, request)
            refusal.extra["captcha"] = tries.count >= PICTURE_AFTER
        raise


async def _check(asker: Asker, code: PictureCode | None) -> None:
    if code is None:
        raise AppError("CAPTCHA_REQUIRED")
    await asker.ask(CheckCaptcha(captcha_id=code.id, answer=code.answer))


def _capitals(text: str) -> str:
    # Other letters may get longer by it, and are in no number of ours.
    return text.upper() if text.isascii() else text


async def cylinder_in(asker: Asker, request: Request, token: str, serial_no: str) -> CylinderInCertificate:
    """Whether one cylinder is in the certificate; ten questions a minute."""
    if len(token) > LONGEST_TOKEN:
        raise AppError("NOT_FOUND")
    await CYLINDERS.add(asker, request, token)
    return await asker.ask(FindCylinderInCertificate(token=token, serial_no=serial_no))


async def verification(asker: Asker, token: str) -> Verification:
    """The public facts. NOT_FOUND also for what can not be a token of ours."""
    if len(token) > LONGEST_TOKEN:
        raise AppError("NOT_FOUND")
    return await asker.ask(VerifyToken(token=token))


@router.get("/public/verifications/{token}", operation_id="verifyToken", summary="按二维码核验证书")
async def verify_token(token: str, ask: Ask) -> Verification:
    """Number, unit, variety, count, date, authority and state."""
    return await verification(ask, token)


@router.get(
    "/public/verifications/{token}/cylinders", operation_id="findCylinder", summary="核对一只气瓶是否在证内"
)
async def find_cylinder(request: Request, token: str, serial_no: SerialNo, ask: Ask) -> CylinderInCertificate:
    """By the whole 产品编号. TOO_MANY_REQUESTS."""
    return await cylinder_in(ask, request, token, serial_no)


@router.post("/public/verifications", operation_id="checkPdf", summary="核验PDF文件")
async def check_pdf(request: Request, file: UploadFile, ask: Ask) -> PdfVerdict:
    """The file is checked and not kept. FILE_TOO_LARGE, FILE_TYPE, TOO_MANY_REQUESTS."""
    await FILES.add(ask, request)
    storage = request.app.state.storage
    upload_id = await run_in_threadpool(stage, storage, file.file)
    check = await _checked(ask, upload_id)
    await run_in_threadpool(unstage, storage, upload_id)
    return PdfVerdict(
        state=check.certificate_state, **check.model_dump(exclude={"id", "state", "certificate_state"})
    )


@router.post("/public/progress", operation_id="findProgress", summary="查询使用登记进度")
async def find_progress(request: Request, body: ProgressQuestion, ask: Ask) -> PublicProgress:
    """State and dates for whoever has the number and the end of the unit's code."""
    return await progress_of(ask, request, body)


async def _checked(asker: Asker, upload_id: str) -> PdfCheck:
    """The finished check. Raises UPSTREAM_TIMEOUT when it takes too long."""
    until = time.monotonic() + CHECK_WITHIN_S
    check = await asker.ask(StartPdfCheck(upload_id=upload_id), key=upload_id)
    while check.state != "done":
        if time.monotonic() > until:
            raise AppError("UPSTREAM_TIMEOUT")
        await asyncio.sleep(0.25)
        check = await asker.ask(GetPdfCheck(check_id=check.id))
    return check

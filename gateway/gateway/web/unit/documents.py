"""托管协议 and 安全评定报告: documents that some cylinders need (W27, W22)."""

from __future__ import annotations

import asyncio

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import Field

from contracts.attachments import AddDocument, DocumentKind, ListDocuments
from contracts.errors import AppError
from contracts.review import GetCompleteness
from gateway.bodies import Body
from gateway.parameters import Id
from gateway.web.page_routes import pages
from gateway.web.unit.photo_uploads import refused, told
from gateway.web.unit.wizard import wizard
from gateway.web.web import Browser

router = pages("/u")
STEP = 4
KINDS: dict[DocumentKind, tuple[str, str]] = {
    "CUSTODY_AGREEMENT": ("托管协议", "有产权性质为“托管”的气瓶时需要。"),
    "ASSESSMENT": ("安全评定报告", "有达到设计使用年限的气瓶时需要。"),
}


class NewDocument(Body):
    """An uploaded PDF or picture."""

    upload_id: str = Field(min_length=1, max_length=64)
    kind: DocumentKind


@router.get("/applications/{application_id}/documents", operation_id="unitDocumentsPage")
async def documents_page(web: Browser, application_id: Id) -> Response:
    """What is there by kind, and what is still asked for."""
    frame, documents = await asyncio.gather(
        wizard(web, application_id, STEP), web.ask(ListDocuments(application_id=application_id))
    )
    draft = frame.draft
    missing = await _missing(web, application_id) if draft else frozenset()
    return web.render(
        "unit/documents.html",
        wizard=frame,
        application=frame.application,
        kinds=KINDS,
        documents=documents.items,
        missing=missing,
        draft=draft,
    )


@router.post("/applications/{application_id}/documents", operation_id="unitAddDocument")
async def add_document(web: Browser, application_id: Id, body: NewDocument) -> JSONResponse:
    """Binds an uploaded file to the application."""
    call = AddDocument(application_id=application_id, upload_id=body.upload_id, kind_of_document=body.kind)
    try:
        document = await web.ask(call)
    except AppError as refusal:
        return refused(refusal)
    return told(document, 201)


async def _missing(web: Browser, application_id: str) -> frozenset[str]:
    """Kinds that are needed and not there; nothing when that can not be told just now."""
    try:
        faults = (await web.ask(GetCompleteness(application_id=application_id))).faults
    except AppError:
        return frozenset()
    return frozenset(kind for fault in faults if fault.code == "DOCUMENT_MISSING" for kind in fault.sample)

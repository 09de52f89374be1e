"""Photos of cylinders and documents of an application."""

from __future__ import annotations

from fastapi import Response
from pydantic import Field

from contracts.attachments import (
    AddDocument,
    AddPhotos,
    DeletePhoto,
    Document,
    DocumentKind,
    ListDocuments,
    ListPhotos,
    NewPhoto,
    Photo,
    PhotoKind,
    PhotoResults,
    RequestUploads,
    UploadTickets,
    WantedUpload,
)
from contracts.call import Page
from gateway.asker import Ask
from gateway.bodies import Body, Size
from gateway.parameters import Id
from gateway.routing import resource

router = resource("照片和材料")


class WantedFile(Body):
    """A picture or PDF that is to be uploaded; ``size`` in bytes."""

    file_name: str = Field(min_length=1, max_length=200)
    size: Size
    content_type: str = Field(min_length=1, max_length=100)


class WantedFiles(Body):
    """Up to 200 at once."""

    items: list[WantedFile] = Field(min_length=1, max_length=200)


class PhotoBody(Body):
    """An uploaded picture and the cylinders that it shows."""

    upload_id: str = Field(min_length=1, max_length=64)
    kind: PhotoKind
    cylinder_ids: list[str] = Field(min_length=1, max_length=1000)


class PhotoBodies(Body):
    """Up to 200 at once; each is answered by itself."""

    items: list[PhotoBody] = Field(min_length=1, max_length=200)


class NewDocument(Body):
    """An uploaded PDF or picture."""

    upload_id: str = Field(min_length=1, max_length=64)
    kind: DocumentKind


@router.post(
    "/applications/{application_id}/photo-tickets",
    status_code=201,
    operation_id="requestUploads",
    summary="取得照片和材料的上传地址",
)
async def request_uploads(application_id: Id, body: WantedFiles, ask: Ask) -> UploadTickets:
    """One ticket for each file, in the order sent."""
    items = [WantedUpload(**item.model_dump()) for item in body.items]
    return await ask.ask(RequestUploads(application_id=application_id, items=items))


@router.post(
    "/applications/{application_id}/photos",
    status_code=202,
    response_model_exclude_none=True,
    operation_id="addPhotos",
    summary="把上传的照片用于气瓶",
)
async def add_photos(application_id: Id, body: PhotoBodies, ask: Ask) -> PhotoResults:
    """``photo_id``, or ``code`` and ``message`` of a refusal, for each in the order sent."""
    items = [NewPhoto(**item.model_dump()) for item in body.items]
    return await ask.ask(AddPhotos(application_id=application_id, items=items))


@router.get("/cylinders/{cylinder_id}/photos", operation_id="listPhotos", summary="气瓶的照片")
async def list_photos(cylinder_id: Id, ask: Ask) -> Page[Photo]:
    """Also those that are still checked or were refused; there are few."""
    found = (await ask.ask(ListPhotos(cylinder_id=cylinder_id))).items
    return Page[Photo](items=found, total=len(found))


@router.delete(
    "/photos/{photo_id}",
    status_code=204,
    response_class=Response,
    operation_id="deletePhoto",
    summary="删除照片",
)
async def delete_photo(photo_id: Id, ask: Ask) -> None:
    """For all cylinders that it serves; of a draft only."""
    await ask.ask(DeletePhoto(photo_id=photo_id))


@router.post(
    "/applications/{application_id}/documents",
    status_code=201,
    operation_id="addDocument",
    summary="上传托管协议或安全评定报告",
)
async def add_document(application_id: Id, body: NewDocument, ask: Ask) -> Document:
    """Needed when a row has W27 or W22."""
    call = AddDocument(application_id=application_id, upload_id=body.upload_id, kind_of_document=body.kind)
    return await ask.ask(call)


@router.get("/applications/{application_id}/documents", operation_id="listDocuments", summary="申请的材料")
async def list_documents(application_id: Id, ask: Ask) -> Page[Document]:
    """There are few."""
    return await ask.ask(ListDocuments(application_id=application_id))

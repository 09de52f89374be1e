"""What the modules of the pages ask with JSON: tickets for files, and which cylinders an uploaded photo shows."""

from __future__ import annotations

from fastapi.responses import JSONResponse
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.attachments import AddPhotos, NewPhoto, PhotoKind, RequestUploads, WantedUpload
from contracts.call import Message
from contracts.errors import AppError
from contracts.importer import CylinderFilter, ListCylinders
from gateway.api.cylinders import FilterBody
from gateway.api.photos import WantedFile
from gateway.bodies import Body
from gateway.parameters import Id
from gateway.problems import problem
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/u")
MOST_AT_ONCE = 1000
"""Cylinders that one photo may be bound to by one request (contracts.attachments.NewPhoto)."""
_PAGE = 200


class PhotoUse(Body):
    """An uploaded picture and what it shows: cylinders by id, or all that match a filter."""

    upload_id: str = Field(min_length=1, max_length=64)
    kind: PhotoKind
    cylinder_ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_AT_ONCE)
    filter: FilterBody | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> PhotoUse:
        if (self.cylinder_ids is None) == (self.filter is None):
            raise PydanticCustomError("one_of", "either cylinder_ids or filter")
        return self


@router.post("/applications/{application_id}/tickets", operation_id="unitRequestUpload")
async def request_upload(web: Browser, application_id: Id, body: WantedFile) -> JSONResponse:
    """A ticket for one picture or document."""
    wanted = WantedUpload(**body.model_dump())
    try:
        tickets = await web.ask(RequestUploads(application_id=application_id, items=[wanted]))
    except AppError as refusal:
        return refused(refusal)
    return told(tickets.items[0], 201)


@router.post("/applications/{application_id}/photos", operation_id="unitAddPhoto")
async def add_photo(web: Browser, application_id: Id, body: PhotoUse) -> JSONResponse:
    """``photo_id``, or ``code`` and ``message`` of why it can not be used so."""
    try:
        ids = body.cylinder_ids or await _matching(web, application_id, body.filter)
        photo = NewPhoto(upload_id=body.upload_id, kind=body.kind, cylinder_ids=ids)
        results = await web.ask(AddPhotos(application_id=application_id, items=[photo]))
    except AppError as refusal:
        return refused(refusal)
    return told(results.items[0], 202)


async def _matching(web: Web, application_id: str, wanted: FilterBody | None) -> list[str]:
    """The ids of all that match. Raises VALIDATION when there are none or too many for one photo."""
    found = CylinderFilter(**wanted.model_dump()) if wanted else CylinderFilter()
    ids: list[str] = []
    cursor = None
    while True:
        page = await web.ask(
            ListCylinders(application_id=application_id, filter=found, limit=_PAGE, cursor=cursor)
        )
        ids += [each.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None or len(ids) > MOST_AT_ONCE:
            break
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise AppError("VALIDATION", f"一张照片一次可用于 1 至 {MOST_AT_ONCE:,} 只气瓶，请调整筛选条件。")
    return ids


def told(answer: Message, status: int) -> JSONResponse:
    """The answer for a module; nobody keeps it."""
    return JSONResponse(answer.model_dump(mode="json"), status, {"Cache-Control": "no-store"})


def refused(refusal: AppError) -> JSONResponse:
    """The refusal for a module, as the API says it. Raises TOKEN_EXPIRED: the frame of all pages knows what to do."""
    if refusal.code == "TOKEN_EXPIRED":
        raise refusal
    return problem(refusal)

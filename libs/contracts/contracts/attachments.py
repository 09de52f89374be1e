"""Calls of the attachments service: photos and documents, completeness, and the seal of an application's photos."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.call import Call, Keeps, Kind, Message, Nothing, Page
from contracts.completeness import Completeness
from contracts.files import UploadTicket
from contracts.moments import Moment

UNIT = frozenset({"unit"})
READERS = frozenset({"unit", "bureau", "municipal"})
REVIEW = frozenset({"review"})
PhotoKind = Literal["STAMP", "SUPERVISION_CERT"]
DocumentKind = Literal["CUSTODY_AGREEMENT", "ASSESSMENT"]


class WantedUpload(Message):
    """A file that is to be uploaded; ``size`` in bytes."""

    file_name: str = Field(min_length=1, max_length=200)
    size: int = Field(ge=1)
    content_type: str = Field(max_length=100)


class UploadTickets(Message):
    """One ticket for each wanted upload, in their order."""

    items: list[UploadTicket]


class NewPhoto(Message):
    """An uploaded picture and the cylinders that it shows."""

    upload_id: str = Field(max_length=64)
    kind: PhotoKind
    cylinder_ids: list[str] = Field(min_length=1, max_length=1000)


class PhotoResult(Message):
    """Either ``photo_id``, or the ``code`` of a refusal with its ``message``."""

    photo_id: str | None = None
    code: str | None = None
    message: str | None = None


class PhotoResults(Message):
    """In the order in which the photos were sent."""

    items: list[PhotoResult]


class Photo(Message):
    """A photo of a cylinder; ``shared_with`` counts the other cylinders that it serves.

    ``url`` and ``thumbnail_url`` are addresses for five minutes, empty until the photo is ready.
    """

    id: str
    kind: PhotoKind
    url: str
    thumbnail_url: str
    state: Literal["pending", "ready", "refused"]
    reason: str | None = None
    shared_with: int


class Photos(Message):
    """The photos of one cylinder."""

    items: list[Photo]


class PhotoLink(Message):
    """Where to see a ready photo for five minutes."""

    photo_id: str
    url: str
    thumbnail_url: str


class PhotoLinks(Message):
    """In no order; a photo that is not there or not ready is left out."""

    items: list[PhotoLink]


class Document(Message):
    """A document of the application."""

    id: str
    kind: DocumentKind
    file_name: str
    url: str
    state: Literal["pending", "ready", "refused"]
    reason: str | None = None
    created_at: Moment


class RequestUploads(Call[UploadTickets]):
    """Tickets for pictures and documents of a draft. FILE_TYPE, FILE_TOO_LARGE, WRONG_STATE."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "request"
    timeout: ClassVar[float] = 10.0

    application_id: str
    items: list[WantedUpload] = Field(min_length=1, max_length=200)


class AddPhotos(Call[PhotoResults]):
    """Binds uploaded pictures to cylinders. Each is answered by itself; whether it is a picture is known later.

    Codes of an item: NOT_FOUND, TOO_MANY_PHOTOS, STAMP_SINGLE, WRONG_STATE. The same upload again is the same photo.
    """

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"
    timeout: ClassVar[float] = 15.0

    application_id: str
    items: list[NewPhoto] = Field(min_length=1, max_length=200)


class ListPhotos(Call[Photos]):
    """The photos of a cylinder, also those that are still checked or were refused."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = READERS

    cylinder_id: str


class DeletePhoto(Call[Nothing]):
    """Deletes a photo of a draft, for all cylinders that it serves."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    photo_id: str


class AddDocument(Call[Document]):
    """Binds an uploaded PDF or picture to the application; the same upload again is the same document."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    application_id: str
    upload_id: str = Field(max_length=64)
    kind_of_document: DocumentKind


class ListDocuments(Call[Page[Document]]):
    """The documents of an application; there are few."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str


class CheckPhotos(Call[Completeness]):
    """What is missing in photos and documents. BEHIND until ``cylinders_version`` is known here.

    Without it the list would be that of an earlier import, and what is missing is told at once (一次性告知).
    """

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = REVIEW
    timeout: ClassVar[float] = 10.0

    application_id: str
    cylinders_version: int = 0


class SealPhotos(Call[Nothing]):
    """Freezes photos and documents for one attempt to submit.

    BEHIND until ``cylinders_version`` is known here, PHOTOS_PENDING, INCOMPLETE (with ``faults``), WRONG_STATE for an
    attempt already undone. Repeatable.
    """

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = REVIEW
    kind: ClassVar[Kind] = "change"
    timeout: ClassVar[float] = 10.0

    application_id: str
    attempt: int
    cylinders_version: int


class UnsealPhotos(Call[Nothing]):
    """Undoes the seal of one attempt, also one that has not come yet."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = REVIEW
    kind: ClassVar[Kind] = "change"

    application_id: str
    attempt: int


class LinkPhotos(Call[PhotoLinks]):
    """Addresses of ready photos, for a page of the review."""

    service: ClassVar[str] = "attachments"
    callers: ClassVar[frozenset[str]] = REVIEW

    photo_ids: list[str] = Field(max_length=400)

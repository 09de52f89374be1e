"""Names that follow from others: the id of a photo or document from its upload, keys of objects from ids."""

from __future__ import annotations

from uuid import UUID, uuid5

from attachments.edges import LONG_EDGES
from chassis.storage import Storage

AREA = "photos"
"""The area of the staging prefix for photos and documents."""
JPEG = "image/jpeg"
PDF = "application/pdf"
_UPLOADS = UUID("5d3c1d5b-2e0f-5a58-9e0b-7a1d8d3f6c11")
_LONGEST_ID = 18


def id_of(upload_id: str) -> UUID:
    """The id of the photo or document that an upload becomes: the same upload again is the same thing."""
    return uuid5(_UPLOADS, upload_id)


def staged(upload_id: str) -> str:
    """Where the browser put the file."""
    return Storage.staging_key(AREA, upload_id)


def original(photo_id: UUID) -> str:
    """The re-encoded photo in full size."""
    return f"attachments/photos/{photo_id}/original.jpg"


def derivative(photo_id: UUID, edge: int) -> str:
    """The photo made smaller, to this long edge."""
    return f"attachments/photos/{photo_id}/{edge}.jpg"


def shown(photo_id: UUID, size: tuple[int, int], edge: int) -> str:
    """The photo at no more than this long edge, by its size in pixels: one that fits is kept once only."""
    return original(photo_id) if max(size) <= edge else derivative(photo_id, edge)


def all_of_photo(photo_id: UUID) -> list[str]:
    """Every final object of a photo."""
    return [original(photo_id), *(derivative(photo_id, edge) for edge in LONG_EDGES)]


def document(document_id: UUID, suffix: str) -> str:
    """A checked document; ``suffix`` is pdf or jpg."""
    return f"attachments/documents/{document_id}.{suffix}"


def snapshot(application_id: str, attempt: int) -> str:
    """The frozen photos of a submission."""
    return f"attachments/snapshots/{application_id}/{attempt}.parquet"


def cylinder_id(text: str) -> int | None:
    """The number behind a cylinder's id, None for what cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else None


def uuid_or_none(text: str) -> UUID | None:
    """The id behind a text, None for what cannot be one."""
    try:
        return UUID(text)
    except ValueError:
        return None

"""An uploaded photo → a checked picture: re-encoded, no EXIF, derivatives and hashes (domain.md section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import imagehash
from PIL import Image

from attachments import refusals
from attachments.decoding import decode
from attachments.edges import GRID, LONG_EDGES
from attachments.refusals import PictureLimits, PictureRefused

__all__ = ["LONG_EDGES", "CheckedPicture", "PictureLimits", "PictureRefused", "Rendition", "check_picture"]

_QUALITY = 88
_DEFAULT_LIMITS = PictureLimits()


@dataclass(frozen=True, slots=True)
class Rendition:
    """One JPEG file with its size in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """``original`` is re-encoded in full size; ``derivatives`` by long edge, never larger than the original,
    which stands for a derivative of its own size.

    ``sha256`` (hex) is of the bytes as uploaded: the same file on two cylinders has the same. ``perceptual_hash``
    (16 hex digits, 64 bits) is of the upright pixels: near pictures differ in few bits, see :func:`distance`.
    """

    original: Rendition
    derivatives: dict[int, Rendition]
    sha256: str
    perceptual_hash: str


def check_picture(content: bytes, limits: PictureLimits = _DEFAULT_LIMITS) -> CheckedPicture:
    """Check an upload and make all that is stored of it. Raises PictureRefused with a reason for the user."""
    if len(content) > limits.max_bytes:
        raise refusals.file_too_large(limits)
    picture = decode(content, limits)
    sizes, original = _sizes(picture), _rendition(picture)
    return CheckedPicture(
        original=original,
        derivatives={
            edge: original if smaller is picture else _rendition(smaller) for edge, smaller in sizes.items()
        },
        sha256=sha256(content).hexdigest(),
        perceptual_hash=str(imagehash.phash(sizes[GRID])),
    )


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two perceptual hashes differ. ValueError when one is not 16 hex digits."""
    if len(one) != 16 or len(other) != 16:
        raise ValueError("a perceptual hash has 16 hex digits")
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _sizes(picture: Image.Image) -> dict[int, Image.Image]:
    """A smaller picture from a small one costs a fraction of one from the original and looks the same."""
    sizes: dict[int, Image.Image] = {}
    current = picture
    for edge in LONG_EDGES:
        current = _fit(current, edge)
        sizes[edge] = current
    return sizes


def _fit(picture: Image.Image, edge: int) -> Image.Image:
    long_side = max(picture.size)
    if long_side <= edge:
        return picture
    # A panorama's short side must not vanish.
    width, height = (max(1, round(side * edge / long_side)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _rendition(picture: Image.Image) -> Rendition:
    file = BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return Rendition(file.getvalue(), picture.width, picture.height)

"""Untrusted bytes to clean pixels: format by content, size before decoding, orientation, plain RGB."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO

import pillow_heif
from PIL import Image

from attachments import refusals
from attachments.refusals import PictureLimits

pillow_heif.register_heif_opener(thumbnails=False)

# What Pillow and its plugins raise on damaged data. No MemoryError: that one is about this machine, and the job
# tries again.
DAMAGE = (
    OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, EOFError,
    RuntimeError, struct.error, zlib.error,
)  # fmt: skip

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_ORIENTATION_TAG = 0x0112
# EXIF orientation → what brings the picture upright. 1 is upright; anything else is nonsense and left alone.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def format_of(content: bytes) -> str | None:
    """Pillow's name of the format by the first bytes: JPEG, PNG, HEIF, or None for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "HEIF" if _heic_brands(content) & _HEIC_BRANDS else None


def pixels_of(content: bytes) -> int:
    """Pixels by the header alone; 0 for what is no picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = Image.open(BytesIO(content), formats=["JPEG", "PNG", "HEIF"])
        except (*DAMAGE, Image.DecompressionBombError):
            return 0
        return picture.width * picture.height


def decode(content: bytes, limits: PictureLimits) -> Image.Image:
    """The picture upright in RGB, with no metadata at all. Raises PictureRefused.

    The size is checked on the header, before any pixel is decoded.
    """
    # Pillow warns of odd metadata and of half a bomb. Neither decides anything here: pixels are checked below,
    # and the answer must not depend on the warning filter of the process.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _open(content, limits)
        _check_size(picture, limits)
        return _decoded(picture, limits)


def _decoded(picture: Image.Image, limits: PictureLimits) -> Image.Image:
    try:
        picture.load()
        _check_size(picture, limits)
        return _bare(_flat(picture), _orientation(picture))
    except DAMAGE:
        raise refusals.damaged() from None


def _heic_brands(content: bytes) -> set[bytes]:
    """Major and compatible brands of the ``ftyp`` box (ISO 14496-12); AVIF has the box, but other brands."""
    if content[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(content[:4], "big"), 256)
    return {content[8:12]} | {content[at : at + 4] for at in range(16, end, 4)}


def _open(content: bytes, limits: PictureLimits) -> Image.Image:
    name = format_of(content)
    if name is None:
        raise refusals.file_type()
    try:
        return Image.open(BytesIO(content), formats=[name])
    except Image.DecompressionBombError:
        raise refusals.too_many_pixels(limits) from None
    except DAMAGE:
        raise refusals.damaged() from None


def _check_size(picture: Image.Image, limits: PictureLimits) -> None:
    if picture.width * picture.height > limits.max_pixels:
        raise refusals.too_many_pixels(limits)
    if min(picture.size) < limits.min_short_side:
        raise refusals.too_small(limits)


def _orientation(picture: Image.Image) -> int | None:
    """EXIF orientation; broken EXIF is no reason to refuse good pixels. For HEIC the decoder has applied it."""
    try:
        found = picture.getexif().get(_ORIENTATION_TAG)
    except DAMAGE:
        return None
    return found if isinstance(found, int) else None


def _flat(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white, 16 bits of grey become 8."""
    if picture.mode.startswith("I"):
        grey = picture.convert("I").point(lambda value: value * (1 / 256) + 0)
        return grey.convert("L").convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    page = Image.new("RGB", layer.size, "white")
    page.paste(layer, mask=layer.getchannel("A"))
    return page


def _bare(picture: Image.Image, orientation: int | None) -> Image.Image:
    turn = _UPRIGHT.get(orientation or 1)
    upright = picture if turn is None else picture.transpose(turn)
    # Pillow would write comments and XMP from here into the new file.
    upright.info = {}
    return upright

"""Pictures as phones, scanners and attackers send them, made by Pillow."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from io import BytesIO
from typing import Any

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from attachments.pictures import CheckedPicture, PictureLimits, PictureRefused, check_picture, distance

pillow_heif.register_heif_opener()

RED, BLUE, WHITE = (200, 20, 20), (20, 20, 200), (255, 255, 255)
MAKER = "FICTIONPHONE"
# EXIF orientation → the corner of the upright picture in which the first stored pixel must end up.
CORNERS = {
    1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1),
    5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1),
}  # fmt: skip


def drawn(size: tuple[int, int] = (900, 700)) -> Image.Image:
    """Red, with a blue block at the first pixel and a white line, so that turns and flips show."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (0, 0, 150, 150))
    ImageDraw.Draw(picture).line((0, size[1], size[0], 0), fill=WHITE, width=9)
    return picture


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x010F] = MAKER
    tags[0x0112] = orientation
    tags.get_ifd(0x8825).update({1: "N", 2: (29.0, 33.0, 1.0), 3: "E", 4: (106.0, 30.0, 1.0)})
    return tags.tobytes()


def saved(picture: Image.Image, file_format: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content), formats=["JPEG"]).convert("RGB")


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


def refusal(content: bytes, limits: PictureLimits | None = None) -> PictureRefused:
    with pytest.raises(PictureRefused) as refused:
        check_picture(content, limits or PictureLimits())
    assert refused.value.reason == str(refused.value)
    assert "请" in refused.value.reason
    return refused.value


def all_files(checked: CheckedPicture) -> list[bytes]:
    return [checked.original.content, *(one.content for one in checked.derivatives.values())]


@pytest.mark.parametrize("orientation", CORNERS)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF"])
def test_a_picture_of_each_format_and_orientation_becomes_an_upright_jpeg(
    file_format: str, orientation: int
) -> None:
    checked = check_picture(saved(drawn(), file_format, exif=exif(orientation)))
    upright = opened(checked.original.content)
    assert upright.size == ((900, 700) if orientation < 5 else (700, 900))
    assert upright.size == (checked.original.width, checked.original.height)
    right, low = CORNERS[orientation]
    corner = (
        right * (upright.width - 1) + 60 * (1 - 2 * right),
        low * (upright.height - 1) + 60 * (1 - 2 * low),
    )
    assert near(upright.getpixel(corner), BLUE)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF"])
def test_no_place_device_or_comment_survives(file_format: str) -> None:
    options: dict[str, Any] = {"exif": exif()}
    if file_format == "JPEG":
        options |= {"comment": MAKER, "xmp": f"<x:xmpmeta>{MAKER}</x:xmpmeta>".encode()}
    if file_format == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Comment", MAKER)
    content = saved(drawn(), file_format, **options)
    assert MAKER.encode() in content
    for file in all_files(check_picture(content)):
        assert not dict(Image.open(BytesIO(file)).getexif())
        assert not any(word in file for word in (MAKER.encode(), b"Exif", b"xmpmeta", b"GPS"))


def test_derivatives_have_the_three_long_edges_and_name_their_size() -> None:
    checked = check_picture(saved(drawn((2400, 1800))))
    sizes = {edge: (one.width, one.height) for edge, one in checked.derivatives.items()}
    assert sizes == {2000: (2000, 1500), 640: (640, 480), 112: (112, 84)}
    assert all(opened(one.content).size == (one.width, one.height) for one in checked.derivatives.values())
    assert (checked.original.width, checked.original.height) == (2400, 1800)


def test_a_derivative_is_never_larger_than_the_picture() -> None:
    derivatives = check_picture(saved(drawn((620, 600)))).derivatives
    assert [(derivatives[e].width, derivatives[e].height) for e in (2000, 640)] == [(620, 600)] * 2


def test_hashes_tell_the_same_file_and_the_same_view() -> None:
    content = saved(drawn())
    checked = check_picture(content)
    assert checked.sha256 == sha256(content).hexdigest()
    again = check_picture(saved(drawn(), quality=40))
    turned = drawn().transpose(Image.Transpose.ROTATE_90)
    upright = check_picture(saved(turned, exif=exif(6)))
    other = check_picture(saved(Image.effect_noise((900, 700), 90)))
    assert again.sha256 != checked.sha256
    assert distance(again.perceptual_hash, checked.perceptual_hash) <= 6
    assert distance(upright.perceptual_hash, checked.perceptual_hash) <= 6
    assert distance(other.perceptual_hash, checked.perceptual_hash) > 12


@pytest.mark.parametrize("text", ["", "abc", "g" * 16])
def test_a_distance_is_only_between_perceptual_hashes(text: str) -> None:
    with pytest.raises(ValueError, match=r"hex|base 16"):
        distance(text, "0" * 16)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_colour_mode_is_read(mode: str) -> None:
    picture = Image.new(mode, (700, 700)) if mode == "I;16" else drawn((700, 700)).convert(mode)
    checked = check_picture(saved(picture, "JPEG" if mode == "CMYK" else "PNG"))
    assert opened(checked.original.content).size == (700, 700)


def test_transparent_parts_become_white_and_16_bit_grey_keeps_its_tone() -> None:
    clear = Image.new("RGBA", (700, 700), (0, 0, 0, 0))
    assert near(opened(check_picture(saved(clear, "PNG")).original.content).getpixel((9, 9)), WHITE)
    grey = Image.new("I;16", (700, 700), 0x8000)
    assert near(opened(check_picture(saved(grey, "PNG")).original.content).getpixel((9, 9)), (128, 128, 128))


def test_a_second_frame_is_ignored() -> None:
    more = [Image.new("RGB", (900, 700), WHITE)]
    for file_format in ("PNG", "MPO"):
        content = saved(drawn(), file_format, save_all=True, append_images=more)
        assert near(opened(check_picture(content).original.content).getpixel((60, 60)), BLUE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\xff\xd8",
        b"<svg/>",
        b"\0\0\0\x20ftyp",
        b"\0\0\0\x18ftypmp42" * 4,
    ],
)
def test_other_content_is_refused_by_its_type(content: bytes) -> None:
    assert refusal(content).code == "FILE_TYPE"


@pytest.mark.parametrize("file_format", ["GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_other_picture_formats_are_refused_by_their_type(file_format: str) -> None:
    assert refusal(saved(drawn(), file_format)).code == "FILE_TYPE"


def test_bytes_are_counted_before_anything_else() -> None:
    content = saved(drawn())
    exact = PictureLimits(max_bytes=len(content))
    assert check_picture(content, exact).sha256
    assert refusal(content + b"\0", exact).code == "FILE_TOO_LARGE"
    refused = refusal(b"\0" * (10 * 1024 * 1024 + 1))
    assert (refused.code, "10MB" in refused.reason) == ("FILE_TOO_LARGE", True)


@pytest.mark.parametrize("size", [(599, 900), (900, 599), (1, 1)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF"])
def test_a_short_side_below_600_is_refused(file_format: str, size: tuple[int, int]) -> None:
    if file_format == "HEIF" and size == (1, 1):
        size = (64, 64)  # the encoder takes nothing smaller
    refused = refusal(saved(Image.new("RGB", size), file_format))
    assert (refused.code, "600像素" in refused.reason) == ("TOO_SMALL", True)


def test_the_limits_themselves_are_allowed() -> None:
    limits = PictureLimits(max_pixels=600 * 700)
    assert check_picture(saved(drawn((600, 700))), limits).original.width == 600
    assert refusal(saved(drawn((601, 700))), limits).code == "TOO_MANY_PIXELS"


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header names any size, with next to no pixels behind it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_100, 9_500, 12_000, 30_000, 2_000_000_000])
def test_a_png_bomb_is_refused_by_its_header(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    refused = refusal(png_of_size(side, side))
    assert (refused.code, "5000万" in refused.reason) == ("TOO_MANY_PIXELS", True)


def test_jpeg_and_heic_bombs_are_refused_by_their_header() -> None:
    size = (700).to_bytes(2, "big") + (900).to_bytes(2, "big")
    jpeg = saved(drawn()).replace(size, b"\xff\xdc\xff\xdc", 1)
    assert refusal(jpeg).code == "TOO_MANY_PIXELS"
    heic = saved(drawn(), "HEIF")
    bomb = heic.replace(struct.pack(">II", 900, 700), struct.pack(">II", 9000, 7000))
    assert bomb != heic
    assert refusal(bomb).code == "TOO_MANY_PIXELS"


def test_a_heic_that_lies_about_its_size_is_damaged() -> None:
    content = saved(drawn(), "HEIF")
    assert (
        refusal(content.replace(struct.pack(">II", 900, 700), struct.pack(">II", 1800, 1400))).code
        == "DAMAGED"
    )


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "HEIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused_as_damaged(file_format: str, part: float) -> None:
    content = saved(Image.effect_noise((700, 700), 60).convert("RGB"), file_format)
    assert refusal(content[: int(len(content) * part)]).code == "DAMAGED"


def test_broken_exif_does_not_refuse_good_pixels() -> None:
    content = saved(drawn(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xfe" * 40)
    assert check_picture(content).original.width == 900


SEEDS = [saved(drawn((640, 600)), file_format, exif=exif(6)) for file_format in ("JPEG", "PNG", "HEIF")]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
)
def test_damaged_bytes_are_a_picture_or_a_reason_and_never_a_crash(
    seed: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(seed)
    for at, value in changes:
        content[int(at * len(content))] = value
    if kept < 0.5:
        del content[int(len(content) * kept * 2) :]
    try:
        outcome = opened(check_picture(bytes(content)).original.content).format or "JPEG"
    except PictureRefused as refused:
        outcome = refused.code
    assert outcome in {"JPEG", "FILE_TYPE", "TOO_MANY_PIXELS", "TOO_SMALL", "DAMAGED"}

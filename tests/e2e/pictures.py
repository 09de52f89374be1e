"""Drawn photos: a stamp and a certificate of supervised manufacture, another one for each cylinder."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

_SIZE = (800, 620)
_INK = (40, 40, 46)
_PAPER = (250, 248, 240)
Line = tuple[str, int, int]  # text, size, top


def stamp(serial_no: str) -> bytes:
    """A JPEG of 钢印: the number struck into grey steel."""
    lines = [("MADE IN DEMO", 34, 120), (serial_no, 62, 245), ("TP 3.2  WP 2.1  V 35.5", 44, 390)]
    picture = _steel().copy()
    mask = Image.new("L", _SIZE, 0)
    _write(mask, lines, 255)
    picture.paste((225, 228, 230), mask=ImageChops.offset(mask, 2, 2))  # the edge that catches the light
    picture.paste((58, 61, 66), mask=mask)
    return _jpeg(picture)


def supervision_certificate(serial_no: str, certificate_no: str) -> bytes:
    """A JPEG of 监检证书: a sheet of paper that names the number."""
    picture = _sheet().copy()
    _write(picture, [(certificate_no, 36, 210), (f"No. {serial_no}", 40, 300)], _INK)
    return _jpeg(picture)


@cache
def _steel() -> Image.Image:
    grain = Image.effect_noise(_SIZE, 38).filter(ImageFilter.GaussianBlur(1.2))
    light = Image.linear_gradient("L").resize(_SIZE)
    grey = ImageChops.blend(grain, ImageChops.invert(light), 0.35)
    picture = Image.merge("RGB", (grey, grey, grey.point(lambda value: min(255, value + 5))))
    ring = ImageDraw.Draw(picture)
    ring.arc((-240, 60, 1040, 1180), 200, 340, fill=(96, 99, 104), width=7)
    ring.arc((-240, 66, 1040, 1186), 200, 340, fill=(196, 199, 203), width=4)
    return picture.filter(ImageFilter.GaussianBlur(0.6))


@cache
def _sheet() -> Image.Image:
    picture = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((24, 24, _SIZE[0] - 24, _SIZE[1] - 24), outline=(150, 60, 50), width=4)
    draw.rectangle((34, 34, _SIZE[0] - 34, _SIZE[1] - 34), outline=(150, 60, 50), width=1)
    for top in (270, 360, 440):
        draw.line((70, top, _SIZE[0] - 70, top), fill=(170, 168, 160), width=2)
    _write(picture, [("SUPERVISION CERTIFICATE", 46, 90), ("TS 0000000  GB/T 5842-2022", 30, 395)], _INK)
    _write(picture, [("SAMPLE", 60, 480)], (178, 60, 52))
    return picture


def _write(picture: Image.Image, lines: list[Line], ink: int | tuple[int, int, int]) -> None:
    draw = ImageDraw.Draw(picture)
    for text, size, top in lines:
        draw.text((_SIZE[0] / 2, top), text, fill=ink, font=_font(size), anchor="ma")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _jpeg(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "JPEG", quality=60)
    return file.getvalue()

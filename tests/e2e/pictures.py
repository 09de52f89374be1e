"""Drawn photos: a stamp and a certificate of supervised manufacture, another one for each cylinder."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_SIZE = (800, 620)
_INK = (40, 40, 46)


def stamp(serial_no: str) -> bytes:
    """A JPEG of 钢印: the number struck into grey steel."""
    return _drawn((150, 154, 158), [("MADE IN DEMO", 30), (serial_no, 56), ("TP 3.2  WP 2.1  V 35.5", 36)])


def supervision_certificate(serial_no: str, certificate_no: str) -> bytes:
    """A JPEG of 监检证书: a sheet of paper that names the number."""
    lines = [("SUPERVISION CERTIFICATE", 44), (certificate_no, 36), (f"No. {serial_no}", 36), ("SAMPLE", 60)]
    return _drawn((250, 248, 240), lines)


def _drawn(ground: tuple[int, int, int], lines: list[tuple[str, int]]) -> bytes:
    picture = Image.new("RGB", _SIZE, ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((12, 12, _SIZE[0] - 12, _SIZE[1] - 12), outline=_INK, width=4)
    for number, (text, size) in enumerate(lines):
        draw.text((50, 80 + number * 120), text, fill=_INK, font=ImageFont.load_default(size))
    file = BytesIO()
    picture.save(file, "JPEG", quality=50)
    return file.getvalue()

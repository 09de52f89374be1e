"""Screens as small files: 256 colours do for pages, and hundreds of kilobytes become tens."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image

_COLOURS = 256


def write_picture(path: Path, png: bytes) -> None:
    """Writes the screen with a palette of its own colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)

"""Why bytes are not a usable picture, and what the user should do (domain.md section 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal["FILE_TOO_LARGE", "FILE_TYPE", "TOO_MANY_PIXELS", "TOO_SMALL", "DAMAGED"]


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Settings chosen by us: bytes as uploaded, pixels in all, pixels of the short side."""

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 50_000_000
    min_short_side: int = 600


class PictureRefused(Exception):
    """Carries ``code``; its text is the Chinese reason for the user."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def file_too_large(limits: PictureLimits) -> PictureRefused:
    """More bytes than allowed."""
    megabytes = limits.max_bytes / (1024 * 1024)
    return PictureRefused("FILE_TOO_LARGE", f"照片超过{megabytes:g}MB，请压缩或降低分辨率后重新上传")


def file_type() -> PictureRefused:
    """The content is none of the three formats, whatever the name says."""
    return PictureRefused(
        "FILE_TYPE", "文件内容不是JPEG、PNG或HEIC照片（与扩展名无关），请另存为JPEG后重新上传"
    )


def too_many_pixels(limits: PictureLimits) -> PictureRefused:
    """Larger than may be decoded."""
    return PictureRefused(
        "TOO_MANY_PIXELS", f"照片像素超过{limits.max_pixels / 10_000:g}万，请缩小尺寸后重新上传"
    )


def too_small(limits: PictureLimits) -> PictureRefused:
    """Too small to read a stamp on it."""
    return PictureRefused(
        "TOO_SMALL", f"照片短边不足{limits.min_short_side}像素，无法辨认，请用更高分辨率重新拍摄后上传"
    )


def damaged() -> PictureRefused:
    """Cut off or broken on the way."""
    return PictureRefused("DAMAGED", "照片已损坏或上传不完整，请确认能正常打开后重新上传，或重新拍摄")

"""The photos of a cylinder by what they show: 钢印（产品编码或镂空码） and 监检证书."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.attachments import Photo, PhotoKind

LEAST, MOST = 2, 4
"""Photos of one cylinder (domain.md section 12)."""


@dataclass(frozen=True)
class PhotoGroup:
    """``take`` is what the button of its empty place says."""

    kind: PhotoKind
    name: str
    title: str
    take: str
    photos: list[Photo] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        """Whether there is none that is usable or may still become so."""
        return all(photo.state == "refused" for photo in self.photos)


def photo_groups(photos: Iterable[Photo]) -> list[PhotoGroup]:
    """钢印 first, each photo in its group."""
    known = list(photos)

    def of(kind: PhotoKind) -> list[Photo]:
        return [each for each in known if each.kind == kind]

    return [
        PhotoGroup("STAMP", "钢印", "钢印（产品编码或镂空码）", "拍钢印", of("STAMP")),
        PhotoGroup("SUPERVISION_CERT", "监检证书", "监检证书", "拍监检证书", of("SUPERVISION_CERT")),
    ]

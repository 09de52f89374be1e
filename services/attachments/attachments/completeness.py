"""Whether the photos and documents of an application are complete (api.md section 3, domain.md section 12).

Pure rules over counts. All faults are told at once (一次性告知), each with how many cylinders have it and a few
of them. Running imports and basic data belong to others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

FaultCode = Literal[
    "NO_CYLINDERS", "PHOTO_MISSING", "STAMP_MISSING", "CERT_MISSING", "TOO_MANY_PHOTOS", "PHOTOS_PENDING",
    "DOCUMENT_MISSING",
]  # fmt: skip
PhotoKind = Literal["STAMP", "SUPERVISION_CERT"]
DocumentKind = Literal["CUSTODY_AGREEMENT", "ASSESSMENT"]
_COUNTS: dict[PhotoKind, str] = {"STAMP": "stamps", "SUPERVISION_CERT": "certs"}

# What a missing document is asked for with: W27 of a row asks for the first, W22 for the second.
DOCUMENTS: dict[DocumentKind, str] = {
    "CUSTODY_AGREEMENT": "有托管气瓶，请上传托管协议",
    "ASSESSMENT": "有达到设计使用年限的气瓶，请上传安全评定报告",
}


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """Photos of one cylinder, and how many of its faulty cylinders a fault names."""

    least: int = 2
    most: int = 4
    least_stamps: int = 1
    least_certs: int = 1
    sample: int = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """Photos of one cylinder. Ready ones are usable, pending ones are still checked; refused ones do not count."""

    stamps: int = 0
    certs: int = 0
    pending_stamps: int = 0
    pending_certs: int = 0

    @property
    def pending(self) -> int:
        """Photos whose check has not ended."""
        return self.pending_stamps + self.pending_certs

    def as_if_ready(self) -> Tally:
        """The same with every pending photo taken as usable: what is missing even if all of them are."""
        return Tally(self.stamps + self.pending_stamps, self.certs + self.pending_certs)

    def plus_pending(self, kind: PhotoKind, count: int = 1) -> Tally:
        """The same with one more upload of ``kind`` that is still checked, or one fewer with -1."""
        return self._plus(f"pending_{_COUNTS[kind]}", count)

    def plus_ready(self, kind: PhotoKind, count: int = 1) -> Tally:
        """The same with one more usable photo of ``kind``, or one fewer with -1."""
        return self._plus(_COUNTS[kind], count)

    def _plus(self, name: str, count: int) -> Tally:
        return replace(self, **{name: getattr(self, name) + count})


@dataclass(frozen=True, slots=True)
class Fault:
    """``count`` cylinders (or documents) have it; ``sample`` are the first of them, by the caller's labels."""

    code: FaultCode
    message: str
    count: int
    sample: tuple[str, ...] = ()


_Rule = tuple[FaultCode, Callable[[Tally, PhotoLimits], bool], Callable[[int, PhotoLimits], str]]

# Missing photos are judged with the pending ones: nobody should upload again what is only being checked.
_RULES: tuple[_Rule, ...] = (
    (
        "PHOTO_MISSING",
        lambda tally, limits: _total(tally.as_if_ready()) < limits.least,
        lambda count, limits: f"{count}只气瓶的照片不足{limits.least}张，请补传",
    ),
    (
        "STAMP_MISSING",
        lambda tally, limits: tally.as_if_ready().stamps < limits.least_stamps,
        lambda count, limits: f"{count}只气瓶的钢印照片不足{limits.least_stamps}张，请补传钢印照片",
    ),
    (
        "CERT_MISSING",
        lambda tally, limits: tally.as_if_ready().certs < limits.least_certs,
        lambda count, limits: f"{count}只气瓶的监检证书照片不足{limits.least_certs}张，请补传监检证书照片",
    ),
    (
        "TOO_MANY_PHOTOS",
        lambda tally, limits: _total(tally.as_if_ready()) > limits.most,
        lambda count, limits: f"{count}只气瓶的照片超过{limits.most}张，请删除多余照片",
    ),
    (
        "PHOTOS_PENDING",
        lambda tally, _: tally.pending > 0,
        lambda count, _: f"{count}只气瓶的照片正在处理，请稍后再提交",
    ),
)


def is_complete(tally: Tally, limits: PhotoLimits) -> bool:
    """Whether the cylinder counts as 已上传附件: usable photos only, pending ones neither help nor harm."""
    return (
        limits.least <= tally.stamps + tally.certs <= limits.most
        and tally.stamps >= limits.least_stamps
        and tally.certs >= limits.least_certs
    )


def may_add(tally: Tally, kind: PhotoKind, limits: PhotoLimits) -> bool:
    """Whether one more photo of ``kind`` fits; pending ones take their place. Else answer TOO_MANY_PHOTOS."""
    return _total(tally.plus_pending(kind).as_if_ready()) <= limits.most


def photo_faults(
    counts: Mapping[Tally, int], named: Callable[[list[Tally]], Iterable[str]], limits: PhotoLimits
) -> tuple[Fault, ...]:
    """Faults over the cylinders of the application: how many of them have which photos.

    ``named`` gives the first cylinders that have one of some tallies, by the label that a user finds them by.
    Faults come in the order of the rules.
    """
    if not any(counts.values()):
        return (Fault("NO_CYLINDERS", "申请中还没有气瓶，请先导入气瓶信息", 0),)
    found = []
    for code, applies, message in _RULES:
        faulty = [tally for tally, count in counts.items() if count and applies(tally, limits)]
        if faulty:
            count = sum(counts[tally] for tally in faulty)
            found.append(Fault(code, message(count, limits), count, tuple(named(faulty))))
    return tuple(found)


def document_faults(needed: Collection[str], present: Collection[str], pending: int = 0) -> tuple[Fault, ...]:
    """One DOCUMENT_MISSING naming every kind of document that is needed and not there, and those being checked."""
    missing = [kind for kind in DOCUMENTS if kind in needed and kind not in present]
    faults = []
    if missing:
        text = "；".join(DOCUMENTS[kind] for kind in missing)
        faults.append(Fault("DOCUMENT_MISSING", text, len(missing), tuple(missing)))
    if pending:
        faults.append(Fault("PHOTOS_PENDING", f"{pending}份文件正在处理，请稍后再提交", pending))
    return tuple(faults)


def _total(tally: Tally) -> int:
    return tally.stamps + tally.certs

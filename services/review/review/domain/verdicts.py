"""Verdicts of the photo review: what was shown and is not wrong is correct.

Source: domain.md section 12 (review) and section 3. One picture may serve many cylinders (监检证书 of a lot), so a
verdict belongs to a photo *of a cylinder*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from review.domain.errors import Fault, Invalid, NothingToRegister, PhotosUnseen, UnseenPages
from review.domain.texts import text_fault

OTHER_REASON = "V99"  # 其他（须填写说明）


class PagePhoto(NamedTuple):
    """A photo as it stands on the page below one cylinder."""

    cylinder_id: str
    photo_id: str


@dataclass(frozen=True)
class WrongMark:
    """The officer chose 错误. Without ``cylinder_id`` it counts for every cylinder of the page with that photo."""

    photo_id: str
    reason_code: str
    note: str = ""
    cylinder_id: str | None = None

    def hits(self, photo: PagePhoto) -> bool:
        """Whether the mark is about this photo of this cylinder."""
        return self.photo_id == photo.photo_id and self.cylinder_id in (None, photo.cylinder_id)


@dataclass(frozen=True)
class Verdict:
    """The verdict to keep; ``reason_code`` is None when correct."""

    cylinder_id: str
    photo_id: str
    reason_code: str | None = None
    note: str = ""

    @property
    def wrong(self) -> bool:
        """True for 错误."""
        return self.reason_code is not None


class ReviewCounts(NamedTuple):
    """What the officer sees after 下一页, in cylinders and photos of the verdicts counted."""

    photos: int
    wrong_photos: int
    cylinders: int
    wrong_cylinders: int


def judge_page(
    photos: Sequence[PagePhoto],
    shown: Collection[str],
    wrong: Sequence[WrongMark],
    reasons: Mapping[str, str],
) -> tuple[Verdict, ...]:
    """Verdicts of one page in its order.

    ``reasons`` is photo_verdict_reasons as code → text. Raises ``Invalid`` with every fault, then ``PhotosUnseen``.
    """
    faults = [*_foreign(photos, shown), *_mark_faults(photos, wrong, reasons)]
    if faults:
        raise Invalid(faults)
    unseen = sorted({photo.photo_id for photo in photos} - set(shown))
    if unseen:
        detail = f"本页还有{len(unseen)}张照片未显示，请等照片显示后再保存。"
        raise PhotosUnseen(detail, photos=unseen)
    return tuple(_verdict(photo, wrong) for photo in photos)


def wrong_cylinders(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Cylinders with at least one wrong photo, each once, in the order of the verdicts."""
    return tuple(dict.fromkeys(verdict.cylinder_id for verdict in verdicts if verdict.wrong))


def count(verdicts: Sequence[Verdict]) -> ReviewCounts:
    """Counts of saved verdicts."""
    cylinders = {verdict.cylinder_id for verdict in verdicts}
    wrong_photos = sum(verdict.wrong for verdict in verdicts)
    return ReviewCounts(len(verdicts), wrong_photos, len(cylinders), len(wrong_cylinders(verdicts)))


def unseen_pages(pages: int, seen: Collection[int]) -> list[int]:
    """Pages of 1 … ``pages`` that nobody has saved."""
    return [page for page in range(1, pages + 1) if page not in seen]


def check_complete(pages: int, seen: Collection[int]) -> None:
    """完成 only when every page was seen; raises ``UnseenPages``."""
    missing = unseen_pages(pages, frozenset(seen))
    if missing:
        raise UnseenPages(f"还有{len(missing)}页未审核，请全部看过后再点击“完成”。", pages=missing)


def check_registrable(cylinders: int, wrong: int) -> None:
    """受理 needs a cylinder that is not wrong; raises ``NothingToRegister``."""
    if wrong >= cylinders:
        raise NothingToRegister("全部气瓶均被标为“错误”，没有可登记的气瓶，请使用“驳回（退件）”。")


def _verdict(photo: PagePhoto, wrong: Sequence[WrongMark]) -> Verdict:
    mark = next((mark for mark in wrong if mark.hits(photo)), None)
    if mark is None:
        return Verdict(*photo)
    return Verdict(*photo, mark.reason_code, mark.note.strip())


def _foreign(photos: Sequence[PagePhoto], shown: Collection[str]) -> Iterator[Fault]:
    known = {photo.photo_id for photo in photos}
    for index, photo_id in enumerate(shown):
        if photo_id not in known:
            yield Fault(f"shown[{index}]", "NOT_ON_PAGE", "照片不在本页，请刷新本页后重新审核。")


def _mark_faults(
    photos: Sequence[PagePhoto], wrong: Sequence[WrongMark], reasons: Mapping[str, str]
) -> Iterator[Fault]:
    marked = Counter(photo for photo in photos for mark in wrong if mark.hits(photo))
    for index, mark in enumerate(wrong):
        hit = [photo for photo in photos if mark.hits(photo)]
        if not hit:
            yield Fault(f"wrong[{index}].photo_id", "NOT_ON_PAGE", "照片不在本页，请刷新本页后重新审核。")
        if any(marked[photo] > 1 for photo in hit):
            yield Fault(
                f"wrong[{index}].photo_id", "REPEATED", "同一张照片只能判定一次，请刷新本页后重新审核。"
            )
        yield from _reason_faults(index, mark, reasons)


def _reason_faults(index: int, mark: WrongMark, reasons: Mapping[str, str]) -> Iterator[Fault]:
    if mark.reason_code not in reasons:
        yield Fault(f"wrong[{index}].reason_code", "REASON_UNKNOWN", "判定为“错误”须从列表中选择原因。")
    needed = mark.reason_code == OTHER_REASON
    yield from text_fault(f"wrong[{index}].note", mark.note, "错误原因的说明", needed=needed)

"""审核附件 as its template shows it: cards with facts and photos, counts, and reasons with their digits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.review import Reason, ReviewCylinder, ReviewPhoto, ReviewState

KINDS = {"STAMP": "钢印", "SUPERVISION_CERT": "监检证书"}
OTHER = "V99"
ON_DIGITS = ("V01", "V03", "V04", "V05", "V07", "V08", "V09", "V10")
"""Reasons that officers need most, on the keys 1 to 8; 9 is 其他, the rest is chosen by arrows or by mouse."""
# Column, label, unit; folded ones give way on low screens.
_FACTS = (
    ("manufacture_ym", "制造年月", "", False),
    ("manufacturer_name", "制造单位", "", False),
    ("hollow_code", "镂空码", "", False),
    ("model", "型号", "", False),
    ("medium_name", "介质", "", True),
    ("nominal_pressure_mpa", "公称压力", "MPa", False),
    ("volume_l", "公称容积", "L", False),
    ("unit_serial_no", "单位内编号", "", True),
    ("design_life_years", "使用年限", "年", False),
    ("supervision_cert_no", "监检证书", "", False),
)


@dataclass(frozen=True)
class Fact:
    """One line beside a photo; ``folds`` gives way on screens of at most 700 px height."""

    term: str
    text: str
    folds: bool


@dataclass(frozen=True)
class Shot:
    """A photo of a card: ``label`` is 钢印 1/2."""

    photo: ReviewPhoto
    label: str
    kind: str


@dataclass(frozen=True)
class Card:
    """A cylinder of the page; ``number`` is its key."""

    number: int
    cylinder: ReviewCylinder
    serial_no: str
    facts: list[Fact]
    shots: list[Shot]


@dataclass(frozen=True)
class KeyedReason:
    """A reason of 错误 with the digit that chooses it, if it has one."""

    code: str
    text: str
    digit: str


def cards(cylinders: Sequence[ReviewCylinder]) -> list[Card]:
    """The cards of a page in their order."""
    return [_card(number, one) for number, one in enumerate(cylinders, 1)]


def _card(number: int, one: ReviewCylinder) -> Card:
    facts = [
        Fact(term, f"{text} {unit}".rstrip(), folds)
        for column, term, unit, folds in _FACTS
        if (text := one.values.get(column))
    ]
    return Card(number, one, one.values.get("serial_no") or "—", facts, _shots(one.photos))


def _shots(photos: Sequence[ReviewPhoto]) -> list[Shot]:
    total = Counter(photo.kind for photo in photos)
    met: Counter[str] = Counter()
    shots = []
    for photo in photos:
        met[photo.kind] += 1
        kind = KINDS[photo.kind]
        several = total[photo.kind] > 1
        shots.append(Shot(photo, f"{kind} {met[photo.kind]}/{total[photo.kind]}" if several else kind, kind))
    return shots


def keyed(reasons: Sequence[Reason]) -> list[KeyedReason]:
    """Reasons in the order of their keys, 其他 with 9, then those without one."""
    by_code = {reason.code: reason for reason in reasons}
    digits = {code: str(number) for number, code in enumerate(ON_DIGITS, 1)} | {OTHER: "9"}
    order = [*(code for code in digits if code in by_code), *(code for code in by_code if code not in digits)]
    return [KeyedReason(code, by_code[code].text, digits.get(code, "")) for code in order]


def first_unseen(review: ReviewState) -> int:
    """The page to go on with; the first one when all were seen."""
    seen = set(review.seen)
    return next((page for page in range(1, review.pages + 1) if page not in seen), 1)


@dataclass(frozen=True)
class Counts:
    """Cylinders of the review: all, seen, right, wrong and left; shares in percent for the bar."""

    all: int
    seen: int
    wrong: int

    @classmethod
    def of(cls, review: ReviewState) -> Counts:
        """The counts of the service."""
        return cls(review.cylinders, review.reviewed, review.wrong)

    @property
    def right(self) -> int:
        return max(self.seen - self.wrong, 0)

    @property
    def left(self) -> int:
        return max(self.all - self.seen, 0)

    @property
    def parts(self) -> list[tuple[float, str]]:
        """The split bar: 正确 and 错误."""
        whole = max(self.all, 1)
        return [(round(100 * self.right / whole, 2), "ok"), (round(100 * self.wrong / whole, 2), "err")]

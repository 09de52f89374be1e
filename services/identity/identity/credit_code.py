"""统一社会信用代码, USCC (GB 32100-2015) and the 组织机构代码 inside it (GB 11714); domain.md section 15."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from identity.text import compact_upper

Fault = Literal["length", "charset", "check"]

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
MESSAGES: dict[Fault, str] = {
    "length": "统一社会信用代码应为18位，请对照营业执照重新填写",
    "charset": "统一社会信用代码只能由数字和大写字母组成（不含I、O、S、V、Z），第3至8位应为数字，请对照营业执照修改",
    "check": "统一社会信用代码校验位不符，请对照营业执照逐位核对",
}
_CHARSET = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A code as read: its spelling, its first fault if any, and its parts.

    An account is refused on any ``fault``; an imported old record is only warned of ``check``. A wrong check
    character of the organisation code (``organisation_ok``) is a warning always.
    """

    value: str
    fault: Fault | None
    organisation_ok: bool

    @property
    def well_formed(self) -> bool:
        """Length and characters are right, so that the parts mean something."""
        return self.fault in (None, "check")

    @property
    def message(self) -> str | None:
        """What the user should do about ``fault``."""
        return MESSAGES[self.fault] if self.fault else None

    @property
    def region(self) -> str | None:
        """Characters 3 to 8, the region that registered the unit; None when the code is not well formed."""
        return self.value[2:8] if self.well_formed else None

    @property
    def organisation_code(self) -> str | None:
        """Characters 9 to 17; None when the code is not well formed."""
        return self.value[8:17] if self.well_formed else None


def read_credit_code(text: str) -> CreditCode:
    """Read what a person typed. Spaces, lower case and full-width characters are accepted. Never raises."""
    value = compact_upper(text)
    fault = _fault(value)
    well_formed = fault in (None, "check")
    return CreditCode(value, fault, well_formed and value[16] == organisation_check_character(value[8:16]))


def weighted_sum(first17: str) -> int:
    """The sum of GB 32100 over 17 characters of :data:`ALPHABET`; ValueError for any other character."""
    return sum(ALPHABET.index(c) * weight for c, weight in zip(first17, WEIGHTS, strict=True))


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first 17."""
    return ALPHABET[-weighted_sum(first17) % 31]


def organisation_check_character(first8: str) -> str:
    """The 9th character of an organisation code: 10 is written X, 11 is written 0."""
    total = sum(
        ORGANISATION_ALPHABET.index(c) * weight
        for c, weight in zip(first8, ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _fault(value: str) -> Fault | None:
    if len(value) != LENGTH:
        return "length"
    if not _CHARSET.fullmatch(value):
        return "charset"
    return None if check_character(value[:17]) == value[17] else "check"

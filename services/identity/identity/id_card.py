"""Resident identity numbers (GB 11643), 18 characters only; domain.md section 15."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from identity.text import compact_upper

Fault = Literal["length", "charset", "birth_date", "check"]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
MESSAGES: dict[Fault, str] = {
    "length": "身份证号应为18位（不支持15位旧证），请重新填写",
    "charset": "身份证号前17位应为数字，最后一位为数字或X，请检查后修改",
    "birth_date": "身份证号中的出生日期不存在，请对照身份证修改",
    "check": "身份证号校验位不符，请对照身份证逐位核对",
}
_CHARSET = re.compile(r"[0-9]{17}[0-9X]")


class InvalidIdCard(ValueError):
    """Carries the first ``fault``; its text says what to do and never repeats the number."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(MESSAGES[fault])
        self.fault = fault


def read_id_card(text: str) -> str:
    """The number in its one spelling (upper-case X). Raises InvalidIdCard."""
    value = compact_upper(text)
    fault = _fault(value)
    if fault:
        raise InvalidIdCard(fault)
    return value


def check_character(first17: str) -> str:
    """The 18th character that belongs to 17 digits."""
    return CHECKS[sum(int(c) * weight for c, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def _fault(value: str) -> Fault | None:
    if len(value) != 18:
        return "length"
    if not _CHARSET.fullmatch(value):
        return "charset"
    if not _is_day(value[6:14]):
        return "birth_date"
    return None if check_character(value[:17]) == value[17] else "check"


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True

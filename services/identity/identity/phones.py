"""Mobile and landline numbers and postcodes (domain.md section 15)."""

from __future__ import annotations

import re
from typing import Literal

from identity.text import compact

Kind = Literal["mobile", "landline", "phone", "postcode"]

_MOBILE = "1[3-9][0-9]{9}"
_LANDLINE = "0[0-9]{2,3}-?[0-9]{7,8}"
FORMATS: dict[Kind, tuple[re.Pattern[str], str]] = {
    "mobile": (re.compile(_MOBILE), "手机号码应为1开头的11位数字，请检查后修改"),
    "landline": (re.compile(_LANDLINE), "固定电话应为“区号-号码”，例如023-00000100，请检查后修改"),
    "phone": (
        re.compile(f"{_MOBILE}|{_LANDLINE}"),
        "请填写11位手机号码，或带区号的固定电话，例如023-00000100",
    ),
    "postcode": (re.compile("[0-9]{6}"), "邮政编码应为6位数字，请检查后修改"),
}


class InvalidContact(ValueError):
    """Carries the ``kind`` that was expected; its text says what to do and never repeats the number."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(FORMATS[kind][1])
        self.kind = kind


def read_contact(kind: Kind, text: str) -> str:
    """``text`` without spaces and in half-width characters; ``phone`` is either sort. Raises InvalidContact."""
    value = compact(text)
    if not FORMATS[kind][0].fullmatch(value):
        raise InvalidContact(kind)
    return value


def is_chongqing_postcode(value: str) -> bool:
    """Whether a valid postcode is one of Chongqing (40xxxx). A hint: a unit may have its seat elsewhere."""
    return value.startswith("40")

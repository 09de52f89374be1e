"""Personal data as lists, exports and logs may show it (domain.md section 16).

A value that has not the expected shape is covered wholly: a mistyped number is personal data, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

Kind = Literal["mobile", "landline", "id_card", "name", "email"]

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# Area codes of 01 and 02 have three digits, all others four: tells where the code ends without a hyphen.
_LANDLINE = re.compile(r"(0[12][0-9]|0[3-9][0-9]{2})-?[0-9]{3,4}([0-9]{4})")
_ID_CARD = re.compile(r"[0-9]{17}[0-9Xx]")
_COVERED = "***"


def mask(kind: Kind, value: str) -> str:
    """``value`` masked; an empty value stays empty."""
    text = value.strip()
    return _MASKS[kind](text) if text else ""


def _mobile(text: str) -> str:
    return f"{text[:3]}****{text[-4:]}" if _MOBILE.fullmatch(text) else _COVERED


def _landline(text: str) -> str:
    parts = _LANDLINE.fullmatch(text)
    return f"{parts[1]}-****{parts[2]}" if parts else _COVERED


def _id_card(text: str) -> str:
    return f"{text[:3]}{'*' * 11}{text[-4:]}" if _ID_CARD.fullmatch(text) else _COVERED


def _name(text: str) -> str:
    return f"{text[0]}*" if len(text) > 1 else "*"


def _email(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at:
        return _COVERED
    # The first of a single character would be the whole of it.
    return f"{local[0]}***@{domain}" if len(local) > 1 else f"***@{domain}"


_MASKS: dict[Kind, Callable[[str], str]] = {
    "mobile": _mobile,
    "landline": _landline,
    "id_card": _id_card,
    "name": _name,
    "email": _email,
}

"""The identifier of an electronic licence (电子证照). Source: domain.md section 6, ISO/IEC 7064 MOD 37,36."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "1.2.156.3005.2"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY = re.compile(r"[0-9A-Z]+")
_REGION = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_PARTS = {
    "type_code": re.compile(r"[0-9A-Z]{18}[0-9]{3}"),
    "issuer": re.compile(r"[0-9A-Z]{6,18}"),
    "serial": re.compile(r"[0-9A-Z]+"),
}


def check_character(body: str) -> str:
    """The check character of ``body`` (0-9, A-Z, without dots). Raises ValueError for other characters."""
    if not _BODY.fullmatch(body):
        raise ValueError("only digits and capital letters can be checked")
    p = 36
    for character in body:
        p = (p + _ALPHABET.index(character)) % 36 or 36
        p = p * 2 % 37
    return _ALPHABET[(37 - p) % 36]


def is_valid(value: str) -> bool:
    """Whether the last character of ``value`` (without dots) is the check character of the others."""
    return bool(_BODY.fullmatch(value)) and len(value) > 1 and check_character(value[:-1]) == value[-1]


def region_of(authority_code: str) -> str:
    """The region code of six digits in the code of an authority (AU-500103); empty for a zone without one."""
    found = _REGION.search(authority_code)
    return found[0] if found else ""


@dataclass(frozen=True)
class LicenceIdentifier:
    """Type (21 characters), issuer (credit code, or a region code), serial, and version 1 … 999.

    Raises ValueError for a part of another form.
    """

    type_code: str
    issuer: str
    serial: str
    version: int

    def __post_init__(self) -> None:
        for name, form in _PARTS.items():
            if not form.fullmatch(getattr(self, name)):
                raise ValueError(f"{name} of a licence identifier has another form")
        if not 1 <= self.version <= 999:
            raise ValueError("the version of a licence is 1 to 999")

    def __str__(self) -> str:
        parts = (self.type_code, self.issuer, self.serial, f"{self.version:03d}")
        return ".".join((ROOT, *parts, check_character("".join(parts))))

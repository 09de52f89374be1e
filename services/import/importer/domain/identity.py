"""The identity of a cylinder: 制造单位 + 产品编号 + 制造年月 (domain.md section 10)."""

from __future__ import annotations

import hashlib
import re

from importer.domain.text import norm_text

NORMALISER_VERSION = 1
"""Kept with each key: whoever changes a rule below raises it and computes the stored keys anew."""

SERIAL_CHARACTERS = r"0-9A-Z\-./"
SERIAL = re.compile(f"[{SERIAL_CHARACTERS}]{{1,40}}")

_BRACKETS = str.maketrans("〔【[{〈〕】]}〉", "((((()))))")
_STOPS = str.maketrans(".,。", "   ")
_SPACES = re.compile(r" +")
_LOOSE_SPACE = re.compile(r" (?=[^\x00-\x7f]|[()])|(?<=[^\x00-\x7f]) |(?<=[()]) ")


def norm_manufacturer(name: str) -> str:
    """The maker's name as the key compares it: one kind of bracket, no case, no stops, 有限公司 in its short form."""
    name = norm_text(name).translate(_BRACKETS).upper().translate(_STOPS)
    name = _LOOSE_SPACE.sub("", _SPACES.sub(" ", name).strip())
    return name.replace("有限责任公司", "有限公司")


def norm_serial(number: str) -> str:
    """A number as the key compares it: no spaces, upper case, without the apostrophe that Excel users type first."""
    return norm_text(number).removeprefix("'").replace(" ", "").upper()


def identity_key(manufacturer_name: str, serial_no: str, month: str) -> str:
    """The key. ``month`` is YYYYMM. The last two parts never hold a bar, so parts cannot flow into each other."""
    return f"{norm_manufacturer(manufacturer_name)}|{norm_serial(serial_no)}|{month}"


def digest(key: str) -> bytes:
    """The first 128 bits of the SHA-256 of the key in UTF-8: 16 bytes, stored as a uuid.

    128 bits keep the unique index small; a clash of two different keys is out of reach by chance (10 million keys:
    1.5e-25) and by will (2^64 tries, and the cheat would only lock out a cylinder of his own).
    """
    return hashlib.sha256(key.encode()).digest()[:16]

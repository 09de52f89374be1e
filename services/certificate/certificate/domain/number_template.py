"""The number of a certificate (使用登记证编号): how it is made and read. Source: domain.md section 5."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SERIAL_MAX = 359_999
_PLAIN_MAX = 99_999
_BLOCK = 10_000
_PREFIXES = ("瓶10", "瓶20", "瓶30", "瓶31", "瓶32", "瓶3T")
_CERT_CODE = re.compile(r"[A-Z0-9]{1,3}")
_NUMBER = re.compile(r"(瓶(?:10|20|30|31|32|3T))渝([A-Z0-9]{1,3})([0-9A-Z][0-9]{4})\(([0-9]{2})\)")


class SerialExhausted(ValueError):
    """The counter of an authority and prefix is outside 1 … 359999: issue stops with an alarm."""


class NotANumber(ValueError):
    """The text is no certificate number, or the parts make none."""


@dataclass(frozen=True)
class CertificateNumber:
    """A number in its parts; ``str()`` is the stored form, with half-width brackets."""

    prefix: str
    cert_code: str
    serial: str
    yy: str

    def __str__(self) -> str:
        return f"{self.prefix}渝{self.cert_code}{self.serial}({self.yy})"


def serial5(n: int) -> str:
    """Five characters of counter ``n``: 00001 … 99999, then A0000 … Z9999.

    Raises SerialExhausted outside 1 … 359999.
    """
    if not 1 <= n <= SERIAL_MAX:
        raise SerialExhausted(f"serial counter out of range: {n}")
    if n <= _PLAIN_MAX:
        return f"{n:05d}"
    block, rest = divmod(n - _PLAIN_MAX - 1, _BLOCK)
    return f"{chr(ord('A') + block)}{rest:04d}"


def format_number(prefix: str, cert_code: str, n: int, year: int) -> CertificateNumber:
    """The number for counter ``n`` of (authority, prefix), issued in ``year`` (four digits).

    Raises NotANumber for a prefix, code or year that no reader would accept, SerialExhausted as ``serial5``.
    """
    if prefix not in _PREFIXES or not _CERT_CODE.fullmatch(cert_code) or not 2000 <= year <= 2099:
        raise NotANumber(f"no number can be made of {prefix!r}, {cert_code!r}, {year}")
    return CertificateNumber(prefix, cert_code, serial5(n), f"{year % 100:02d}")


def parse_number(text: str) -> CertificateNumber:
    """Read a number as people write it: any width of characters, spaces, lower case.

    The serial is always the last five characters before the bracket. Raises NotANumber.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    found = _NUMBER.fullmatch(plain)
    if found is None or found[3] == "00000":
        raise NotANumber("not a certificate number")
    return CertificateNumber(*found.groups())

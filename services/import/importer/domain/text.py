"""How text is normalised before it is checked, stored or compared (domain.md section 10)."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        *range(0x200B, 0x2010),
        0x2060,
        0xFEFF,
        0xFE0E,
        0xFE0F,
    ]  # soft hyphen, zero width, marks, variants
)
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58], "-")
_DOTS = dict.fromkeys([0x2022, 0x2027, 0x30FB, 0x22C5], "·")
_TABLE = _INVISIBLE | _DASHES | _DOTS
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_ENDS = re.compile(r"^[\s\x00-\x1f\x7f-\x9f]+|[\s\x00-\x1f\x7f-\x9f]+$")
_URL = re.compile(
    r"(https?)://((?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]\\]+)(?::[0-9]{1,5})?)([/?#].*)?",
    re.IGNORECASE,
)
_ERRORS = frozenset(
    """
    #DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE! #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN!
    """.split()  # noqa: SIM905 - the list as spreadsheet programs print it reads better than 14 quoted strings
)

_WORD = "[!-~\u4e00-\u9fff]+"
CLEAN = f"^{_WORD}( {_WORD})*$"
"""Text that :func:`norm_text` leaves as it is, the usual case; valid for Python and for polars."""


def norm_text(text: str) -> str:
    """NFKC, invisible characters out, one kind of dash and middle dot, one space at most, trimmed."""
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    if not unicodedata.is_normalized("NFKC", text):  # an invisible character had kept an accent apart
        text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return _BLANKS.sub(" ", text).strip()


def norm_name(text: str) -> str:
    """A name as lists compare it (varieties, media, ownership): normalised, without spaces, upper case."""
    return norm_text(text).replace(" ", "").upper()


def norm_url(text: str) -> str | None:
    """The URL trimmed, scheme and host in lower case, the rest as it is; None unless absolute http(s) with a host.

    Invisible characters that copying brings along are dropped; a space or control character inside makes it invalid.
    """
    found = _URL.fullmatch(trim(text))
    if found is None or _BLANKS.search(found[0]):
        return None
    user, at, host = found[2].rpartition("@")
    return f"{found[1].lower()}://{user}{at}{host.lower()}{found[3] or ''}"


def trim(text: str) -> str:
    """The text without invisible characters and outer blanks, else as typed."""
    return _ENDS.sub("", text.translate(_INVISIBLE))


def is_error_value(text: str) -> bool:
    """Whether the cell holds an error of a spreadsheet program, such as ``#DIV/0!``."""
    return text.startswith("#") and text.strip().upper() in _ERRORS


def one_line(text: str, limit: int = 50) -> str:
    """The text on one line, cut at ``limit`` characters, as messages quote it (domain.md section 9)."""
    return _BLANKS.sub(" ", text).strip()[:limit]

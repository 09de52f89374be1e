"""产品编号 in the form in which it is compared. Source: domain.md section 10 (norm_text and norm_serial)."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58]")
_DOTS = re.compile("[\u2022\u2027\u30fb\u22c5]")


def norm_serial(text: str) -> str:
    """``text`` without width, case, spaces and unseen characters; one leading apostrophe is dropped."""
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    plain = _DOTS.sub("·", _DASHES.sub("-", plain))
    shown = "".join(c for c in plain if not c.isspace() and unicodedata.category(c) != "Cc")
    return shown.removeprefix("'").upper()

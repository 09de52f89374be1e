"""Codes and numbers as people type or paste them, brought to one spelling."""

from __future__ import annotations

# Full-width ASCII (U+FF01 to U+FF5E) to ASCII, lower case to upper case. Nothing else is folded: an odd letter
# such as a dotless i must stay what it is and be refused, not quietly become a valid one.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_INVISIBLE = "\u200b\ufeff"


def compact(value: str) -> str:
    """``value`` in half-width characters, without any white space or invisible character."""
    return "".join(c for c in value.translate(_FOLD) if not c.isspace() and c not in _INVISIBLE)


def compact_upper(value: str) -> str:
    """As :func:`compact`, with a to z in upper case."""
    return compact(value).translate(_UPPER)

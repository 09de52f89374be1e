"""Ids of cylinders as others write them."""

from __future__ import annotations

_LONGEST = 18


def id_number(text: str) -> int | None:
    """The number behind a cylinder's id; None for what cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None

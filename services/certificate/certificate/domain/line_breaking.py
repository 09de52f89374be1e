"""How a text is set into a cell of fixed size: smaller type and lines broken beforehand, so that nothing is cut off.

Widths are in millimetres, sizes of type in points. The width of a character is an estimate on the safe side.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

POINT_MM = 0.3528
LINE = 1.2
"""Height of a line in sizes of its type."""
_SQUARE = frozenset("WFA")
"""Widths of Unicode that a Chinese font draws square, also the ambiguous ones such as · and —."""
_BROAD = frozenset("mwMW@%&")
_BROAD_EM, _CAPITAL_EM, _OTHER_EM = 0.98, 0.78, 0.62
_SMALLEST = 3.0
_STEP = 0.5


@dataclass(frozen=True)
class SetText:
    """Lines of a cell in one size of type."""

    size: float
    lines: tuple[str, ...]


def em_of(character: str) -> float:
    """The width of a character in sizes of its type: a Chinese one is square."""
    if unicodedata.east_asian_width(character) in _SQUARE:
        return 1.0
    if character in _BROAD:
        return _BROAD_EM
    return _CAPITAL_EM if character.isupper() else _OTHER_EM


def broken(text: str, width_em: float) -> tuple[str, ...]:
    """``text`` in lines of at most ``width_em``, broken anywhere: numbers have no places to break."""
    lines, line, used = [], "", 0.0
    for character in text:
        em = em_of(character)
        if line and used + em > width_em:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + character, used + em
    return (*lines, line)


@lru_cache(maxsize=10_000)
def fitted(text: str, width_mm: float, height_mm: float, size: float) -> SetText:
    """``text`` in the largest type up to ``size`` in which its lines fit into the cell.

    Remembered, since a batch repeats its makers, media and dates.
    """
    while True:
        lines = broken(text, width_mm / (size * POINT_MM))
        if len(lines) * size * LINE * POINT_MM <= height_mm or size <= _SMALLEST:
            return SetText(size, lines)
        size -= _STEP

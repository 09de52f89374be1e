"""Characters that the fonts of the templates cannot show, such as emoji: a visible mark stands in their place.

PDF/A refuses a document with a missing glyph, and an approved application must not wait for ever because somebody
typed one. The annex keeps every text as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any, TypeVar

import typst

from certificate.domain.contents import CertificateContents

MARK = "〓"
"""The geta mark: what Chinese and Japanese printers set where they have no type."""
_PROBE = b'#set text(font: ("Noto Serif CJK SC", "Noto Sans CJK SC"))\n#sys.inputs.at("text")\n'
_STANDARD: Any = "a-2b"
Part = TypeVar("Part")


def printable(contents: CertificateContents, fonts: typst.Fonts) -> CertificateContents:
    """The same contents with MARK for each character that no font has."""
    characters = set[str]().union(*_texts(contents))
    missing = _missing(sorted(character for character in characters if not character.isascii()), fonts)
    if not missing:
        return contents
    return _changed(contents, str.maketrans(dict.fromkeys(missing, MARK)))


def _missing(characters: Sequence[str], fonts: typst.Fonts) -> list[str]:
    """Those without a glyph, by halving: typst names only the first one, and in words that may change."""
    if not characters or _shows("\n".join(characters), fonts):
        return []
    if len(characters) == 1:
        return list(characters)
    half = len(characters) // 2
    return _missing(characters[:half], fonts) + _missing(characters[half:], fonts)


def _shows(text: str, fonts: typst.Fonts) -> bool:
    try:
        typst.compile(
            _PROBE, font_paths=fonts, ignore_system_fonts=True, pdf_standards=[_STANDARD], pdf_tags=False,
            sys_inputs={"text": text},
        )  # fmt: skip
    except typst.TypstError:
        return False
    return True


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Sequence):
        for part in value:
            yield from _texts(part)


def _changed(value: Part, table: dict[int, str]) -> Part:
    change: Any = partial(_changed, table=table)
    found: Any = value
    if isinstance(found, str):
        return found.translate(table)  # type: ignore[return-value]  # Part is str here
    if is_dataclass(found):
        changes = {field.name: change(getattr(found, field.name)) for field in fields(found)}
        return replace(found, **changes)  # type: ignore[type-var,return-value]  # the same class again
    return [change(part) for part in found] if isinstance(found, Sequence) else found  # type: ignore[return-value]  # as above

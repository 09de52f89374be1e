"""Code lists that others show: what may be chosen today."""

from __future__ import annotations

from contracts.call import Page
from contracts.identity import CodeName
from contracts.importer import Variety
from importer.domain.references import References


def varieties(references: References) -> Page[Variety]:
    """Varieties that may be chosen, each with its batch group."""
    chosen = [one for one in references.varieties.values() if one.selectable]
    items = [Variety(code=one.code, name=one.name, group=one.group) for one in chosen]
    return Page(items=items, total=len(items))


def media(references: References) -> Page[CodeName]:
    """Media that may be chosen."""
    items = [CodeName(code=one.code, name=one.name) for one in references.media.values()]
    return Page(items=items, total=len(items))

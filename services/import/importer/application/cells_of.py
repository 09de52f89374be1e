"""A stored cylinder as the cells of the template, the way a person would type it: for editing and for 导出清单."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from importer.domain.columns import SEQUENCE
from importer.domain.references import OWNERSHIP_CODES, References

_STORED = {"variety_name": "variety_code", "medium_name": "medium_code"}
_OWNERSHIP_NAMES = {code: name for name, code in OWNERSHIP_CODES.items()}


def cells_of(row: Mapping[str, Any], references: References) -> dict[str, str]:
    """Text by column name, in the order of the template; 序号 is left out, what is not given is empty.

    Read again by the rules it gives the same row. A name that may no longer be chosen stays as it was.
    """
    return {
        column.code_name: _cell(column.code_name, row, references)
        for column in references.columns
        if column.code_name != SEQUENCE
    }


def _cell(name: str, row: Mapping[str, Any], references: References) -> str:
    value = row[_STORED.get(name, name)]
    if value is None:
        return ""
    if name == "variety_name":
        return references.varieties[value].name if value in references.varieties else str(value)
    if name == "medium_name":
        return references.media[value].name if value in references.media else str(value)
    if name == "ownership":
        return _OWNERSHIP_NAMES.get(value, str(value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)

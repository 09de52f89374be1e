"""A row of the table ``cylinder`` as others see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from contracts.importer import Cylinder
from importer.adapters.tables import CYLINDER_COLUMNS, ROW_BITS
from importer.domain.references import OWNERSHIP_CODES, References

_PLAIN = (
    "manufacturer_name",
    "serial_no",
    "manufacture_ym",
    "unit_serial_no",
    "qr_url",
    "complete",
    "refused",
    "stamps",
    "supervision_certs",
)
_CODED = frozenset({"variety_code", "medium_code", "warnings"})
_AS_IS = tuple(column.name for column in CYLINDER_COLUMNS if column.name not in _CODED)
_OWNERSHIP = {code: name for name, code in OWNERSHIP_CODES.items()}


def shown(row: RowMapping, references: References, *, with_values: bool = False) -> Cylinder:
    """The cylinder; ``with_values`` adds all columns of the template and the sentences of its warnings."""
    more: dict[str, Any] = {}
    if with_values:
        more["values"] = values_of(row, references)
        more["warning_texts"] = [references.codes[code].general(1) for code in row["warnings"]]
    return Cylinder(
        id=str(row["id"]),
        row=_row_no(row),
        variety_name=references.varieties[row["variety_code"]].name,
        medium_name=references.media[row["medium_code"]].name,
        photos=row["stamps"] + row["supervision_certs"],
        warnings=row["warnings"],
        **{name: row[name] for name in _PLAIN},
        **more,
    )


def values_of(row: RowMapping, references: References) -> dict[str, str | None]:
    """The 25 columns of the template by code name, as texts; None for an empty cell."""
    texts = {name: None if row[name] is None else str(row[name]) for name in _AS_IS}
    return {
        **texts,
        "row_no": str(_row_no(row)),
        "variety_name": references.varieties[row["variety_code"]].name,
        "medium_name": references.media[row["medium_code"]].name,
        "ownership": _OWNERSHIP.get(row["ownership"], row["ownership"]),
    }


def _row_no(row: RowMapping) -> int:
    """The number of its row in the sheet of its import."""
    return int(row["id"]) & ((1 << ROW_BITS) - 1)

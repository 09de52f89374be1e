"""A row of the table ``cylinder`` as others see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from contracts.importer import Cylinder
from importer.adapters.tables import ROW_BITS
from importer.application.cells_of import cells_of
from importer.domain.references import References

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
    texts = {name: text or None for name, text in cells_of(dict(row), references).items()}
    return {**texts, "row_no": str(_row_no(row))}


def _row_no(row: RowMapping) -> int:
    """The number of its row in the sheet of its import."""
    return int(row["id"]) & ((1 << ROW_BITS) - 1)

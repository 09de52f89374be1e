"""The forms of bulk that travels as an object in storage (claim check). Additive changes only.

Parquet files are read by column name. All texts are as stored: months YYYY-MM, decimals with their scale.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from contracts.call import Message

CYLINDER_IDS = ("cylinder_id", "serial_no", "unit_serial_no")
"""Columns of the file that ``cylinders.changed`` claims: all strings, in the order of import."""

CYLINDER_SNAPSHOT = (
    "cylinder_id",
    "row",
    "variety_code",
    "variety_name",
    "product_name",
    "model",
    "medium_code",
    "medium_name",
    "manufacturer_name",
    "manufacturer_licence_no",
    "manufacture_ym",
    "serial_no",
    "unit_serial_no",
    "hollow_code",
    "qr_url",
    "rfid_no",
    "nominal_pressure_mpa",
    "test_pressure_mpa",
    "volume_l",
    "wall_thickness_mm",
    "material",
    "product_standard",
    "design_life_years",
    "supervision_cert_no",
    "supervision_body",
    "last_inspection_date",
    "next_inspection_date",
    "ownership",
    "warnings",
)
"""Columns of the file that ``cylinders.snapshotted`` claims, in the order of import.

Strings (null where not filled in) but ``row`` (int64) and ``warnings`` (list of strings).
"""

PHOTO_SNAPSHOT = ("photo_id", "cylinder_id", "kind", "sha256", "width", "height")
"""Columns of the file that ``photos.snapshotted`` claims: one row for each photo of each cylinder, by cylinder id and
then kind; strings but width and height (int32, pixels). A picture that serves many cylinders stands once for each."""


class Refused(Message):
    """A cylinder that is left out of the certificate (不予登记) with the first reason that its photos were given."""

    cylinder_id: str
    reason_code: str
    reason: str = Field(max_length=600)


def write_refused(refused: Iterable[Refused]) -> bytes:
    """The list that ``application.accepted`` claims: one JSON object a line, by cylinder id."""
    lines = sorted(one.model_dump_json() for one in refused)
    return "".join(f"{line}\n" for line in lines).encode()


def read_refused(content: bytes) -> list[Refused]:
    """The list again. Raises pydantic's ValidationError when it is none."""
    return [Refused.model_validate_json(line) for line in content.splitlines()]

"""The contents of a certificate from its row and the frozen cylinders. Source: domain.md sections 7.1 to 7.3."""

from __future__ import annotations

import re

import polars as pl
from sqlalchemy import RowMapping

from certificate.adapters.snapshot import Snapshot, UnusableSnapshotError
from certificate.domain.contents import (
    UNPRINTABLE,
    CertificateContents,
    RefusedCylinder,
    SummaryCylinder,
    SummaryFooter,
    common_product_name,
)
from contracts.certificate import Holder, Issuer

_CYLINDER = {
    "variety": "variety_name",
    "serial_no": "serial_no",
    "medium": "medium_name",
    "manufacturer_name": "manufacturer_name",
    "manufacture_ym": "manufacture_ym",
    "nominal_pressure_mpa": "nominal_pressure_mpa",
    "volume_l": "volume_l",
    "last_inspection_date": "last_inspection_date",
    "next_inspection_date": "next_inspection_date",
    "unit_serial_no": "unit_serial_no",
    "qr_url": "qr_url",
    "rfid_no": "rfid_no",
}
_REFUSED = {
    "variety": "variety_name",
    "serial_no": "serial_no",
    "manufacturer_name": "manufacturer_name",
    "reason": "reason",
}


def contents_of(row: RowMapping, snapshot: Snapshot) -> CertificateContents:
    """Raises UnusableSnapshotError when the cylinders are not as many as were certified."""
    counts = (len(snapshot.registered), len(snapshot.refused))
    if counts != (row["count"], row["refused_count"]):
        promised = (row["count"], row["refused_count"])
        raise UnusableSnapshotError(f"{counts} cylinders registered and refused, {promised} promised")
    holder, issuer = Holder.model_validate(row["holder"]), Issuer.model_validate(row["issuer"])
    return CertificateContents(
        number=row["number"],
        unit_name=_printable(holder.name),
        credit_code=_printable(holder.credit_code),
        variety=row["variety_name"],
        product_name=common_product_name(snapshot.registered["product_name"].unique().to_list()),
        use_place=_printable(holder.use_place),
        authority=_printable(issuer.name),
        issued_on=row["issued_on"],
        licence_identifier=row["licence_identifier"],
        footer=SummaryFooter(holder.filled_on, _printable(holder.handler), _printable(holder.phone)),
        cylinders=[SummaryCylinder(**one) for one in _renamed(snapshot.registered, _CYLINDER)],
        refused=[RefusedCylinder(**one) for one in _renamed(snapshot.refused, _REFUSED)],
    )


def _renamed(frame: pl.DataFrame, names: dict[str, str]) -> list[dict[str, str]]:
    return frame.select(**{name: pl.col(column) for name, column in names.items()}).to_dicts()


def _printable(text: str) -> str:
    return re.sub(UNPRINTABLE, " ", text)

"""The frozen cylinders of an application and those refused of them, proved by their digests (contracts.bulk)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from certificate.domain.contents import UNPRINTABLE
from chassis.storage import NotStoredError, Storage
from contracts.bulk import read_refused
from contracts.events import Claim

SHOWN = (
    "cylinder_id", "variety_name", "product_name", "serial_no", "medium_name", "manufacturer_name", "manufacture_ym",
    "nominal_pressure_mpa", "volume_l", "last_inspection_date", "next_inspection_date", "unit_serial_no", "qr_url",
    "rfid_no",
)  # fmt: skip


class UnusableSnapshotError(ValueError):
    """What was claimed is not what is there, or does not fit together: nothing may be certified from it."""


@dataclass(frozen=True)
class Snapshot:
    """``registered`` in import order; ``refused`` with a column ``reason``. Texts, empty where not filled in."""

    registered: pl.DataFrame
    refused: pl.DataFrame


def read_snapshot(storage: Storage, snapshot: Claim, refused: Claim) -> Snapshot:
    """Both parts. Raises UnusableSnapshotError, also for a refused cylinder that is not in the snapshot."""
    with tempfile.TemporaryDirectory(prefix="certificate-") as folder:
        cylinders = _cylinders(_fetched(storage, snapshot, Path(folder) / "cylinders.parquet"))
        left_out = _refused(_fetched(storage, refused, Path(folder) / "refused.jsonl"))
    unknown = left_out.join(cylinders, on="cylinder_id", how="anti")
    if len(unknown):
        raise UnusableSnapshotError(f"{len(unknown)} refused cylinders are not in {snapshot.key}")
    return Snapshot(
        registered=cylinders.join(left_out, on="cylinder_id", how="anti", maintain_order="left"),
        refused=cylinders.join(left_out, on="cylinder_id", how="inner", maintain_order="left"),
    )


def _fetched(storage: Storage, claim: Claim, path: Path) -> Path:
    try:
        digest = storage.get_file(claim.key, path)
    except NotStoredError as fault:
        raise UnusableSnapshotError(f"{claim.key} is not there") from fault
    if digest != claim.sha256:
        raise UnusableSnapshotError(f"{claim.key} is not what was claimed")
    return path


def _cylinders(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path, columns=list(SHOWN))
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise UnusableSnapshotError("the snapshot cannot be read") from fault
    frame = frame.with_columns(_printable(pl.all()))
    if frame["cylinder_id"].n_unique() != len(frame):
        raise UnusableSnapshotError("a cylinder stands twice in the snapshot")
    return frame


def _refused(path: Path) -> pl.DataFrame:
    try:
        refused = read_refused(path.read_bytes())
    except ValidationError as fault:
        raise UnusableSnapshotError("the list of refused cylinders cannot be read") from fault
    columns = {"cylinder_id": [one.cylinder_id for one in refused], "reason": [one.reason for one in refused]}
    frame = pl.DataFrame(columns, schema={"cylinder_id": pl.String, "reason": pl.String})
    return frame.with_columns(_printable(pl.all())).unique("cylinder_id", keep="first", maintain_order=True)


def _printable(column: pl.Expr) -> pl.Expr:
    """Text without control characters, which neither a page nor a workbook can hold."""
    return column.cast(pl.String).fill_null("").str.replace_all(UNPRINTABLE, " ")

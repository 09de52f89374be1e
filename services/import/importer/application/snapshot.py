"""The job of application.submitted: the frozen cylinders as a Parquet file, claimed by cylinders.snapshotted."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import ColumnElement, RowMapping, Select, Text, cast, select
from sqlalchemy.orm import Session

from chassis import jobs
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.bulk import CYLINDER_SNAPSHOT
from contracts.events import Claim, CylindersSnapshotted
from importer.adapters import scopes
from importer.adapters.tables import ROW_BITS, cylinder
from importer.application.tools import Tools
from importer.domain.references import References

PARQUET = "application/vnd.apache.parquet"
AT_ONCE = 20_000
_TYPES: Mapping[str, pa.DataType] = {"row": pa.int64(), "warnings": pa.list_(pa.string())}
_FILE = pa.schema([(name, _TYPES.get(name, pa.string())) for name in CYLINDER_SNAPSHOT])
_NAMED = {"variety_name": "variety_code", "medium_name": "medium_code"}


def snapshot(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Writes the file and tells of it, unless this attempt was undone. Beginning again makes the same file."""
    application_id, attempt = job.payload["application_id"], int(job.payload["attempt"])
    claim = None
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        path = Path(folder) / "cylinders.parquet"
        count = _written(tools, application_id, attempt, path, keeper)
        if count is not None:
            key = f"importer/snapshots/{application_id}/{attempt}.parquet"
            stored = patiently(lambda: tools.storage.put_file(key, path, PARQUET), keeper)
            claim = Claim(key=stored.key, sha256=stored.sha256)
    with tools.database.changing(job.actor) as change:
        if claim is not None and count is not None:
            told = {"application_id": application_id, "attempt": attempt, "count": count}
            change.emit(CylindersSnapshotted(snapshot=claim, **told))
            change.note(
                "cylinders.snapshotted", f"application:{application_id}", attempt=attempt, sha256=claim.sha256
            )
        jobs.finish(change.session, job)


def _written(tools: Tools, application_id: str, attempt: int, path: Path, keeper: Keeper) -> int | None:
    """How many rows were written; None when the seal of this attempt holds no more."""
    with tools.database.reading() as session:
        # The state and all rows of one moment.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        scope = scopes.find(session, application_id)
        if scope is None or scope.state != "sealed" or scope.sealed_attempt != attempt:
            return None
        return _write(session, scope.no, path, keeper, tools.references())


def _write(session: Session, scope_no: int, path: Path, keeper: Keeper, references: References) -> int:
    rows, count = session.execute(_rows(scope_no), execution_options={"yield_per": AT_ONCE}), 0
    with pq.ParquetWriter(path, _FILE, compression="zstd") as writer:
        for some in rows.mappings().partitions():
            keeper.check()
            writer.write_table(_table(some, references))
            count += len(some)
    return count


def _rows(scope_no: int) -> Select[Any]:
    """The live cylinders in the order of import; all columns as text, as PostgreSQL writes them."""
    columns = cylinder.c
    shown = [_shown(name) for name in CYLINDER_SNAPSHOT if name not in _NAMED]
    return select(*shown).where(columns.scope_no == scope_no, columns.live).order_by(columns.id)


def _shown(name: str) -> ColumnElement[Any]:
    if name == "row":
        return cylinder.c.id.op("&")((1 << ROW_BITS) - 1).label(name)
    if name == "warnings":
        return cylinder.c.warnings
    return cast(cylinder.c["id" if name == "cylinder_id" else name], Text).label(name)


def _table(rows: Any, references: References) -> pa.Table:
    names = {
        "variety_name": {code: one.name for code, one in references.varieties.items()},
        "medium_name": {code: one.name for code, one in references.media.items()},
    }

    def value(row: RowMapping, name: str) -> object:
        return names[name][row[_NAMED[name]]] if name in _NAMED else row[name]

    return pa.table([[value(row, name) for row in rows] for name in CYLINDER_SNAPSHOT], schema=_FILE)

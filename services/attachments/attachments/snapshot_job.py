"""The job of application.submitted: the frozen photos as a Parquet file, claimed by photos.snapshotted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Select, Text, cast, select
from sqlalchemy.orm import Session

from attachments import keys, scopes
from attachments.tables import photo, photo_cylinder
from attachments.tools import Tools
from chassis import jobs
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.bulk import PHOTO_SNAPSHOT
from contracts.events import Claim, PhotosSnapshotted

PARQUET = "application/vnd.apache.parquet"
AT_ONCE = 20_000
_NUMBERS = ("width", "height")
_FILE = pa.schema([(name, pa.int32() if name in _NUMBERS else pa.string()) for name in PHOTO_SNAPSHOT])


def snapshot(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Writes the file and tells of it, unless this attempt was undone. Beginning again makes the same file."""
    application_id, attempt = job.payload["application_id"], int(job.payload["attempt"])
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        path = Path(folder) / "photos.parquet"
        count = _written(tools, application_id, attempt, path, keeper)
        claim = None
        if count is not None:
            key = keys.snapshot(application_id, attempt)
            stored = patiently(lambda: tools.storage.put_file(key, path, PARQUET), keeper)
            claim = Claim(key=stored.key, sha256=stored.sha256)
    with tools.database.changing(job.actor) as change:
        if claim is not None and count is not None:
            change.emit(
                PhotosSnapshotted(application_id=application_id, attempt=attempt, snapshot=claim, count=count)
            )
            change.note(
                "photos.snapshotted", f"application:{application_id}", attempt=attempt, **claim.model_dump()
            )
        jobs.finish(change.session, job)


def _written(tools: Tools, application_id: str, attempt: int, path: Path, keeper: Keeper) -> int | None:
    """How many rows were written; None when the seal of this attempt holds no more."""
    with tools.database.reading() as session:
        # The state and all rows of one moment.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        scope = scopes.find(session, application_id)
        if scope is None or scope.is_open or scope.sealed_attempt != attempt:
            return None
        return _write(session, scope.no, path, keeper)


def _write(session: Session, scope_no: int, path: Path, keeper: Keeper) -> int:
    rows, count = session.execute(_rows(scope_no), execution_options={"yield_per": AT_ONCE}), 0
    with pq.ParquetWriter(path, _FILE, compression="zstd") as writer:
        for some in rows.partitions():
            keeper.check()
            writer.write_table(_table(some))
            count += len(some)
    return count


def _rows(scope_no: int) -> Select[Any]:
    """Columns in the order of PHOTO_SNAPSHOT. By the cylinder's number, which is the order of import; STAMP first."""
    bound = photo_cylinder.c
    texts = cast(photo.c.id, Text), cast(bound.cylinder_id, Text)  # the database is quicker at it
    return (
        select(*texts, photo.c.kind, photo.c.sha256, photo.c.width, photo.c.height)
        .join(photo, photo.c.id == bound.photo_id)
        .where(bound.scope_no == scope_no, photo.c.state == "ready")
        .order_by(bound.cylinder_id, photo.c.kind, photo.c.id)
    )


def _table(rows: Any) -> pa.Table:
    return pa.table(list(zip(*rows, strict=True)), schema=_FILE)

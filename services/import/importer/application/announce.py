"""Telling others which cylinders an application has: a file of all of them, claimed by the event cylinders.changed."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import RowMapping, select, update
from sqlalchemy.orm import Session

from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.events import Claim, CylindersChanged
from importer.adapters import scopes
from importer.adapters.tables import counter, cylinder
from importer.application.batch_group import batch_group
from importer.application.counters import counts_of
from importer.application.tools import Tools

PARQUET = "application/vnd.apache.parquet"
AT_ONCE = 20_000
_FILE = pa.schema([("cylinder_id", pa.string()), ("serial_no", pa.string()), ("unit_serial_no", pa.string())])


def announce(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Writes the file and emits the event for the newest version, unless that was done by an earlier job."""
    no = int(job.payload["scope_no"])
    with tools.database.reading() as session:
        # Counts and rows of one moment.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        scope = scopes.find_by_no(session, no)
        counts = counts_of(session, no)
        content = None if counts["announced"] >= counts["version"] else _file(session, no)
    if content is None:
        with tools.database.changing(job.actor) as change:
            jobs.finish(change.session, job)
        return
    key = f"importer/cylinders/{scope.application_id}/{counts['version']}.parquet"
    stored = patiently(lambda: tools.storage.put(key, content, PARQUET), keeper)
    with tools.database.changing(job.actor) as change:
        _say(change, scope, counts, Claim(key=stored.key, sha256=stored.sha256), tools)
        jobs.finish(change.session, job)


def _file(session: Session, scope_no: int) -> bytes:
    columns = cylinder.c
    rows = session.execute(
        select(columns.id, columns.serial_no, columns.unit_serial_no)
        .where(columns.scope_no == scope_no, columns.live)
        .order_by(columns.id)
        .execution_options(yield_per=AT_ONCE)
    )
    file = io.BytesIO()
    with pq.ParquetWriter(file, _FILE, compression="zstd") as writer:
        for some in rows.partitions():
            writer.write_table(_table(some))
    return file.getvalue()


def _table(rows: Any) -> pa.Table:
    ids, serials, own = zip(*rows, strict=True)
    return pa.table([[str(i) for i in ids], serials, own], schema=_FILE)


def _say(change: Change, scope: scopes.Scope, counts: RowMapping, claim: Claim, tools: Tools) -> None:
    """One event per version: a later one wins when two jobs met."""
    told = change.session.execute(
        update(counter)
        .where(counter.c.scope_no == scope.no, counter.c.announced < counts["version"])
        .values(announced=counts["version"])
        .returning(counter.c.scope_no)
    )
    if told.one_or_none() is None:
        return
    change.emit(
        CylindersChanged(
            application_id=scope.application_id,
            version=counts["version"],
            count=counts["cylinders"],
            cylinders=claim,
            variety_group=batch_group(change.session, scope, tools.references()),
            documents={"CUSTODY_AGREEMENT": counts["custody"], "ASSESSMENT": counts["assessment"]},
        )
    )

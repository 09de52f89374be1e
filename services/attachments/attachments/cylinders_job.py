"""The job of cylinders.changed: from now on the application has the cylinders of the claimed file, and no others."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import structlog
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from attachments import keys, removal, scopes, tallies
from attachments.completeness import Tally
from attachments.scopes import Scope
from attachments.tables import TALLY_COLUMNS, counter
from attachments.tools import Tools
from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.worker import Keeper
from contracts.bulk import CYLINDER_IDS
from contracts.events import CylindersChanged

AT_ONCE = 20_000
PHOTOS_AT_ONCE = 1_000
_TALLY = ", ".join(TALLY_COLUMNS)
_TABLES = text("""
create temporary table incoming (id bigint not null, serial_no text not null, unit_serial_no text not null)
    on commit drop;
create temporary table vanished (id bigint not null) on commit drop;
create temporary table touched (photo_id uuid not null) on commit drop;
""")
_COPY = "copy incoming (id, serial_no, unit_serial_no) from stdin"
_ADD = text("""
with added as (
    insert into cylinder (id, scope_no, serial_no, unit_serial_no)
    select id, :no, serial_no, unit_serial_no from incoming on conflict do nothing returning 1)
select count(*) from added
""")
_RENAME = text("""
update cylinder c set serial_no = n.serial_no, unit_serial_no = n.unit_serial_no
from (select i.* from cylinder o join incoming i using (id)
      where o.scope_no = :no and (o.serial_no, o.unit_serial_no) <> (i.serial_no, i.unit_serial_no)
      order by i.id for no key update of o) n
where c.id = n.id
""")
# Locked first, so that photos that are added at this moment are seen by what follows.
_VANISH = text("""
insert into vanished select id from (
    select id from cylinder c where scope_no = :no and not exists (select from incoming i where i.id = c.id)
    order by id for update) v
""")
_COUNT_VANISHED = text(f"select {_TALLY}, count(*) from cylinder join vanished using (id) group by {_TALLY}")  # noqa: S608  # fixed names
_UNBIND = text("""
with gone as (
    delete from photo_cylinder b using vanished v where b.scope_no = :no and b.cylinder_id = v.id
    returning b.photo_id)
insert into touched select distinct photo_id from gone
""")
_DELETE_VANISHED = text("delete from cylinder c using vanished v where c.id = v.id")
_DELETE_PHOTOS = text("""
with taken as (
    delete from touched where photo_id in (select photo_id from touched limit :at_most) returning photo_id),
gone as (
    delete from photo p using taken t
    where p.id = t.photo_id and not exists (select from photo_cylinder b where b.photo_id = p.id)
    returning p.id, p.upload_id)
select t.photo_id, g.upload_id from taken t left join gone g on g.id = t.photo_id
""")
log = structlog.get_logger("attachments.cylinders")


def apply_cylinders(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Applies one version, unless a newer one was applied. Raises ValueError for a file that is not the claimed one."""
    event = CylindersChanged.model_validate(job.payload)
    scope = patiently(lambda: scopes.known_or_asked(tools, event.application_id, job.actor), keeper)
    if _version(tools, scope) >= event.version:
        with tools.database.changing(job.actor) as change:
            jobs.finish(change.session, job)
        return
    with tempfile.TemporaryDirectory(prefix="cylinders-") as folder:
        path = Path(folder) / "cylinders.parquet"
        sha256 = patiently(lambda: tools.storage.get_file(event.cylinders.key, path), keeper)
        if sha256 != event.cylinders.sha256:
            raise ValueError(f"{event.cylinders.key} is not the file that was announced")
        with tools.database.changing(job.actor) as change:
            _apply(change, scope, event, path, keeper)
            jobs.finish(change.session, job)


def _version(tools: Tools, scope: Scope) -> int:
    with tools.database.reading() as session:
        version = select(counter.c.version).where(counter.c.scope_no == scope.no)
        return int(session.execute(version).scalar_one())


def _apply(change: Change, scope: Scope, event: CylindersChanged, path: Path, keeper: Keeper) -> None:
    """Everything in one transaction, the counts last."""
    session, no = change.session, {"no": scope.no}
    scopes.lock_shared(session, scope.application_id)
    session.execute(_TABLES)
    _copy(session, path, keeper)
    session.execute(text("analyze incoming"))
    added = session.execute(_ADD, no).scalar_one()
    session.execute(_RENAME, no)
    vanished = _remove_vanished(change, scope)
    more = {Tally(): added}
    for tally, count in vanished.items():
        more[tally] = more.get(tally, 0) - count
    tallies.recount(session, scope.no, more)
    session.execute(
        update(counter)
        .where(counter.c.scope_no == scope.no, counter.c.version < event.version)
        .values(version=event.version, documents=event.documents)
    )
    log.info("cylinders applied", application_id=scope.application_id, version=event.version, added=added)


def _copy(session: Session, path: Path, keeper: Keeper) -> None:
    raw: Any = session.connection().connection.driver_connection
    with pq.ParquetFile(path) as file, raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        for batch in file.iter_batches(AT_ONCE, columns=list(CYLINDER_IDS)):
            keeper.check()
            for row in zip(*(batch.column(name).to_pylist() for name in CYLINDER_IDS), strict=True):
                copy.write_row(row)


def _remove_vanished(change: Change, scope: Scope) -> dict[Tally, int]:
    """Cylinders that are in the file no more, with their photos that serve no other; gives their counts."""
    session, no = change.session, {"no": scope.no}
    session.execute(_VANISH, no)
    counts = {Tally(*row[:-1]): row[-1] for row in session.execute(_COUNT_VANISHED)}
    if counts:
        session.execute(_UNBIND, no)
        session.execute(_DELETE_VANISHED)
        _delete_photos(change, scope)
        change.note("cylinders.vanished", f"application:{scope.application_id}", count=sum(counts.values()))
    return counts


def _delete_photos(change: Change, scope: Scope) -> None:
    while some := change.session.execute(_DELETE_PHOTOS, {"at_most": PHOTOS_AT_ONCE}).all():
        gone = [
            key
            for photo_id, upload_id in some
            if upload_id is not None
            for key in (*keys.all_of_photo(photo_id), keys.staged(upload_id))
        ]
        removal.remove_later(change, scope.unit_id, gone)

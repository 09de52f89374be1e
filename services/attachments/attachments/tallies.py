"""Counts of photos: of each cylinder, and how many cylinders of an application have the same ones.

Order of locks in every transaction: cylinders by id, then the photo, then the counter of the application.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from attachments.completeness import PhotoLimits, Tally, is_complete
from attachments.locks import busy_is_behind
from attachments.tables import TALLY_COLUMNS, tally_count
from chassis.database import Change
from contracts.events import PhotoCount, PhotosChanged

_LOCK = text("""
select id, serial_no, stamps, certs, pending_stamps, pending_certs from cylinder
where id = any(cast(:ids as bigint[])) and scope_no = :scope_no order by id for no key update
""")
_LOCK_SHOWN = text("""
select c.id, c.serial_no, c.stamps, c.certs, c.pending_stamps, c.pending_certs
from photo_cylinder b join cylinder c on c.id = b.cylinder_id
where b.photo_id = :photo_id order by c.id for no key update of c
""")
_WRITE = text("""
update cylinder c set stamps = n.stamps, certs = n.certs,
    pending_stamps = n.pending_stamps, pending_certs = n.pending_certs
from unnest(cast(:ids as bigint[]), cast(:stamps as smallint[]), cast(:certs as smallint[]),
    cast(:pending_stamps as smallint[]), cast(:pending_certs as smallint[]))
    as n (id, stamps, certs, pending_stamps, pending_certs)
where c.id = n.id
""")
# The counter's row is locked first, so that two transactions never wait crosswise for the rows behind it.
_COUNT = text("""
with held as (select scope_no from scope_counter where scope_no = :scope_no for update)
insert into tally_count as t (scope_no, stamps, certs, pending_stamps, pending_certs, cylinders)
select held.scope_no, n.* from held cross join unnest(cast(:stamps as smallint[]), cast(:certs as smallint[]),
    cast(:pending_stamps as smallint[]), cast(:pending_certs as smallint[]), cast(:cylinders as integer[])) as n
on conflict (scope_no, stamps, certs, pending_stamps, pending_certs)
do update set cylinders = t.cylinders + excluded.cylinders
""")
# The first cylinders of each tally come from the index in order, however many there are.
_FIRST = text("""
select c.serial_no from unnest(cast(:stamps as smallint[]), cast(:certs as smallint[]),
    cast(:pending_stamps as smallint[]), cast(:pending_certs as smallint[]))
    as n (stamps, certs, pending_stamps, pending_certs)
cross join lateral (
    select id, serial_no from cylinder
    where scope_no = :scope_no and stamps = n.stamps and certs = n.certs
      and pending_stamps = n.pending_stamps and pending_certs = n.pending_certs
    order by id limit :at_most) c
order by c.id limit :at_most
""")


class Cylinder(NamedTuple):
    """A locked cylinder with its photos counted."""

    id: int
    serial_no: str
    tally: Tally


def lock(session: Session, scope_no: int, ids: Collection[int]) -> dict[int, Cylinder]:
    """Those of these cylinders that the application has, locked until the commit. Raises BEHIND."""
    return _locked(session, _LOCK, {"ids": sorted(ids), "scope_no": scope_no})


def lock_shown(session: Session, photo_id: UUID) -> dict[int, Cylinder]:
    """The cylinders that a photo serves, locked until the commit. Raises BEHIND."""
    return _locked(session, _LOCK_SHOWN, {"photo_id": photo_id})


def _locked(session: Session, statement: TextClause, values: dict[str, object]) -> dict[int, Cylinder]:
    with busy_is_behind():
        rows = session.execute(statement, values).all()
    return {row[0]: Cylinder(row[0], row[1], Tally(*row[2:])) for row in rows}


def write(
    session: Session, scope_no: int, before: Mapping[int, Cylinder], after: Mapping[int, Tally]
) -> None:
    """Writes new counts of locked cylinders, and what follows for the application. To be called last."""
    changed = {number: tally for number, tally in after.items() if tally != before[number].tally}
    if not changed:
        return
    session.execute(_WRITE, {"ids": list(changed), **_columns(changed.values())})
    more = Counter(changed.values())
    more.subtract(before[number].tally for number in changed)
    recount(session, scope_no, more)


def recount(session: Session, scope_no: int, more: Mapping[Tally, int]) -> None:
    """So many more (or fewer) cylinders with these counts. The counter's row stays locked until the commit."""
    values = {"scope_no": scope_no, "cylinders": list(more.values()), **_columns(more)}
    session.execute(_COUNT, values)


def counts(session: Session, scope_no: int) -> dict[Tally, int]:
    """How many cylinders of the application have which photos."""
    columns = tally_count.c
    rows = session.execute(
        select(*(columns[name] for name in TALLY_COLUMNS), columns.cylinders).where(
            columns.scope_no == scope_no, columns.cylinders > 0
        )
    )
    return {Tally(*row[:-1]): row[-1] for row in rows}


def first_labels(session: Session, scope_no: int, tallies: Collection[Tally], at_most: int) -> list[str]:
    """产品编号 of the first cylinders, in the order of import, that have one of these counts."""
    values = {"scope_no": scope_no, "at_most": at_most, **_columns(tallies)}
    return list(session.execute(_FIRST, values).scalars())


def tell(change: Change, application_id: str, tallies: Mapping[int, Tally], limits: PhotoLimits) -> None:
    """Tells others how many usable photos these cylinders have now."""
    if not tallies:
        return
    told = tuple(
        PhotoCount(
            cylinder_id=str(number),
            stamp=tally.stamps,
            supervision_cert=tally.certs,
            complete=is_complete(tally, limits),
        )
        for number, tally in tallies.items()
    )
    change.emit(PhotosChanged(application_id=application_id, cylinders=told))


def _columns(tallies: Iterable[Tally]) -> dict[str, list[int]]:
    rows = list(tallies)
    return {name: [getattr(tally, name) for tally in rows] for name in TALLY_COLUMNS}

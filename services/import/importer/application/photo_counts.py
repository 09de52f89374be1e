"""是否上传附件: how many photos each cylinder has, as the attachments service tells it."""

from __future__ import annotations

from sqlalchemy import text

from chassis.database import Change
from contracts.events import PhotosChanged
from importer.adapters import scopes
from importer.domain.ids import id_number

# Rows by their ids, then the counter: the order in which everybody locks them. Numbers are absolute, so that only
# what really changes moves the counter; cylinders of others and those that are gone are passed over.
_APPLY = text("""
with told as (
    select * from unnest(cast(:ids as bigint[]), cast(:stamps as smallint[]), cast(:certs as smallint[]),
                         cast(:complete as boolean[])) as t (id, stamps, certs, complete)),
before as (
    select c.id, c.complete from cylinder c
    where c.scope_no = :no and c.id = any(cast(:ids as bigint[])) order by c.id for update),
changed as (
    update cylinder c set stamps = t.stamps, supervision_certs = t.certs, complete = t.complete
    from told t join before b on b.id = t.id
    where c.scope_no = :no and c.id = t.id
    returning cast(t.complete as integer) - cast(b.complete as integer) as more)
update scope_counter set complete = complete + (select sum(more) from changed)
where scope_no = :no and (select sum(more) from changed) <> 0
""")


def count_photos(change: Change, event: PhotosChanged) -> None:
    """Takes over the numbers. No lock of the application: an import may hold that for minutes."""
    scope = scopes.find(change.session, event.application_id)
    told = {id_number(one.cylinder_id): one for one in event.cylinders}
    told.pop(None, None)
    if scope is None or not told:
        return
    change.session.execute(
        _APPLY,
        {
            "no": scope.no,
            "ids": list(told),
            "stamps": [one.stamp for one in told.values()],
            "certs": [one.supervision_cert for one in told.values()],
            "complete": [one.complete for one in told.values()],
        },
    )

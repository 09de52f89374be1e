"""Photos that are there: seen by their unit and by officers, deleted while the application is a draft."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from attachments import keys, removal, scopes, tallies
from attachments.completeness import PhotoLimits, Tally
from attachments.edges import FULL, GRID
from attachments.tables import cylinder, photo, photo_cylinder
from attachments.tables import scope as scope_table
from attachments.tools import Tools
from chassis.access import check_may_see
from chassis.database import Change
from chassis.storage import Storage
from chassis.tokens import Caller
from contracts.attachments import (
    DeletePhoto,
    LinkPhotos,
    ListPhotos,
    Photo,
    PhotoKind,
    PhotoLink,
    PhotoLinks,
    Photos,
)
from contracts.errors import AppError


def list_photos(request: ListPhotos, caller: Caller, tools: Tools) -> Photos:
    """The photos of one cylinder, 钢印 first, then by age. Raises NOT_FOUND."""
    number = keys.cylinder_id(request.cylinder_id)
    with tools.database.reading() as session:
        scope_no = session.execute(select(cylinder.c.scope_no).where(cylinder.c.id == number)).scalar()
        if scope_no is None:
            raise AppError("NOT_FOUND")
        scopes.check_reader(scopes.find_by_no(session, scope_no), caller)
        rows = _rows(session, scope_no, number or 0)
    return Photos(items=[_shown(row, tools.storage) for row in rows])


def _rows(session: Session, scope_no: int, number: int) -> list[Any]:
    others = photo_cylinder.alias("others")
    shared = select(func.count()).where(others.c.photo_id == photo.c.id).scalar_subquery()
    query = (
        select(photo, (shared - 1).label("shared_with"))
        .join(photo_cylinder, photo_cylinder.c.photo_id == photo.c.id)
        .where(photo_cylinder.c.scope_no == scope_no, photo_cylinder.c.cylinder_id == number)
        .order_by(photo.c.kind, photo.c.created_at, photo.c.id)
    )
    return list(session.execute(query))


def _shown(row: Any, storage: Storage) -> Photo:
    ready = row.state == "ready"
    return Photo(
        id=str(row.id),
        kind=row.kind,
        url=_url(row, FULL, storage) if ready else "",
        thumbnail_url=_url(row, GRID, storage) if ready else "",
        state=row.state,
        reason=row.reason,
        shared_with=row.shared_with,
    )


def _url(row: Any, edge: int, storage: Storage) -> str:
    return storage.link(keys.shown(row.id, (row.width, row.height), edge))


def link_photos(request: LinkPhotos, tools: Tools) -> PhotoLinks:
    """Addresses of the ready ones among these photos."""
    ids = {found for one in request.photo_ids if (found := keys.uuid_or_none(one)) is not None}
    columns = photo.c
    query = select(columns.id, columns.width, columns.height)
    with tools.database.reading() as session:
        ready = session.execute(query.where(columns.id.in_(ids), columns.state == "ready")).all()
    return PhotoLinks(items=[_link(row, tools.storage) for row in ready])


def _link(row: Any, storage: Storage) -> PhotoLink:
    return PhotoLink(
        photo_id=str(row.id), url=_url(row, FULL, storage), thumbnail_url=_url(row, GRID, storage)
    )


def delete_photo(change: Change, request: DeletePhoto, caller: Caller, limits: PhotoLimits) -> None:
    """Deletes a photo for all its cylinders; its files follow in a job. Raises NOT_FOUND, WRONG_STATE."""
    photo_id, session = keys.uuid_or_none(request.photo_id), change.session
    place = place_of(session, photo_id)
    if photo_id is None or place is None:
        raise AppError("NOT_FOUND")
    scope = scopes.lock_shared(session, place[1])
    check_may_see(caller, scope.unit_id, scope.authority_code)
    scopes.check_open(scope)
    before = tallies.lock_shown(session, photo_id)
    gone = session.execute(delete(photo).where(photo.c.id == photo_id).returning(photo)).one_or_none()
    if gone is None:
        raise AppError("NOT_FOUND")
    session.execute(delete(photo_cylinder).where(photo_cylinder.c.photo_id == photo_id))
    removal.remove_later(change, scope.unit_id, [*keys.all_of_photo(photo_id), keys.staged(gone.upload_id)])
    after = {number: without(one.tally, gone.kind, gone.state) for number, one in before.items()}
    tallies.write(session, scope.no, before, after)
    tallies.tell(change, scope.application_id, after, limits)
    change.note("photo.deleted", f"photo:{photo_id}", application_id=scope.application_id)


def place_of(session: Session, photo_id: UUID | None) -> tuple[int, str] | None:
    """Number and id of a photo's application, None for a photo that is not there."""
    columns = scope_table.c
    query = select(columns.no, columns.application_id).join(photo, photo.c.scope_no == columns.no)
    row = session.execute(query.where(photo.c.id == photo_id)).one_or_none()
    return None if row is None else (row.no, row.application_id)


def without(tally: Tally, kind: PhotoKind, state: str) -> Tally:
    """The counts of a cylinder after a photo of it is gone; a refused one was not counted."""
    if state == "ready":
        return tally.plus_ready(kind, -1)
    return tally.plus_pending(kind, -1) if state == "pending" else tally

"""The job of a photo: fetch the upload, check it, store what is shown of it, say whether it can be used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Lock
from uuid import UUID

from sqlalchemy import update

from attachments import keys, photos, scopes, tallies
from attachments.completeness import PhotoKind, PhotoLimits, Tally
from attachments.decoding import pixels_of
from attachments.pictures import CheckedPicture, PictureRefused, check_picture
from attachments.tables import photo
from attachments.tools import Tools
from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.storage import NotStoredError
from chassis.worker import Keeper

NEVER_CAME = "没有收到照片文件，上传可能中断，请重新上传"
Outcome = CheckedPicture | str
"""A usable picture, or the reason why it is none."""
LARGE = 16_000_000
"""Pixels from which on a process opens one picture at a time: 50 million of them take half a gigabyte."""
_ONE_LARGE = Lock()
_PUTS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="put")


def check_photo(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Does one photo. The upload is removed only after the commit, so that the job can begin again at any point."""
    photo_id, staged = UUID(job.payload["photo_id"]), keys.staged(job.payload["upload_id"])
    if _done(job, keeper, tools, photo_id, staged):
        tools.storage.remove(staged)
        return
    with tools.database.engine.begin() as connection:  # else another worker has done it: its files must stay
        jobs.renew(connection, job)
    for key in (staged, *keys.all_of_photo(photo_id)):  # it was deleted before or meanwhile
        tools.storage.remove(key)
    with tools.database.changing(job.actor) as change:
        jobs.finish(change.session, job)


def _done(job: ClaimedJob, keeper: Keeper, tools: Tools, photo_id: UUID, staged: str) -> bool:
    outcome = _outcome(keeper, tools, staged)
    if not isinstance(outcome, str):
        _store(keeper, tools, photo_id, outcome)
    with tools.database.changing(job.actor) as change:
        settled = settle(change, photo_id, outcome, tools.photos)
        if settled:
            jobs.finish(change.session, job)
    return settled


def _outcome(keeper: Keeper, tools: Tools, staged: str) -> Outcome:
    try:
        content = patiently(lambda: tools.storage.get(staged), keeper)
        with _ONE_LARGE if pixels_of(content) > LARGE else nullcontext():
            return check_picture(content, tools.pictures)
    except NotStoredError:
        return NEVER_CAME
    except PictureRefused as refused:
        return refused.reason


def _store(keeper: Keeper, tools: Tools, photo_id: UUID, checked: CheckedPicture) -> None:
    """All files at the same time: each waits for the disk of the storage."""

    def put(file: tuple[str, bytes]) -> None:
        patiently(lambda: tools.storage.put(*file, keys.JPEG), keeper)

    list(_PUTS.map(put, _files(photo_id, checked)))


def _files(photo_id: UUID, checked: CheckedPicture) -> Iterator[tuple[str, bytes]]:
    yield keys.original(photo_id), checked.original.content
    for edge, rendition in checked.derivatives.items():
        if rendition is not checked.original:
            yield keys.derivative(photo_id, edge), rendition.content


def settle(change: Change, photo_id: UUID, outcome: Outcome, limits: PhotoLimits) -> bool:
    """Ends the check of a photo: its state, the counts of its cylinders, the event. False when it is not pending."""
    session = change.session
    place = photos.place_of(session, photo_id)
    if place is None:
        return False
    scope_no, application_id = place
    scopes.share(session, application_id)
    before = tallies.lock_shown(session, photo_id)
    kind = session.execute(
        update(photo)
        .where(photo.c.id == photo_id, photo.c.state == "pending")
        .values(**_columns(outcome))
        .returning(photo.c.kind)
    ).scalar()
    if kind is None:
        return False
    ready = not isinstance(outcome, str)
    after = {number: _checked(one.tally, kind, ready) for number, one in before.items()}
    tallies.write(session, scope_no, before, after)
    tallies.tell(change, application_id, after, limits)
    change.note("photo.ready" if ready else "photo.refused", f"photo:{photo_id}", **_noted(outcome))
    return True


def _columns(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, str):
        return {"state": "refused", "reason": outcome}
    return {
        "state": "ready",
        "sha256": outcome.sha256,
        "perceptual_hash": outcome.perceptual_hash,
        "width": outcome.original.width,
        "height": outcome.original.height,
    }


def _noted(outcome: Outcome) -> dict[str, str]:
    return {"reason": outcome} if isinstance(outcome, str) else {"sha256": outcome.sha256}


def _checked(tally: Tally, kind: PhotoKind, ready: bool) -> Tally:
    checked = tally.plus_pending(kind, -1)
    return checked.plus_ready(kind) if ready else checked

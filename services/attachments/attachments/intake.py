"""Photos come in: uploads are bound to cylinders in one transaction, each answered by itself, and checked later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from attachments import keys, kinds, scopes, tallies
from attachments.completeness import PhotoLimits, Tally, may_add
from attachments.scopes import Scope
from attachments.tables import photo, photo_cylinder, upload
from attachments.tallies import Cylinder
from chassis.access import check_may_see
from chassis.database import Change
from chassis.jobs import NewJob
from chassis.tokens import Caller
from contracts.attachments import AddPhotos, NewPhoto, PhotoResult, PhotoResults

MESSAGES = {
    "WRONG_STATE": "该申请已提交或已结束，照片不能再修改；如需修改请先“撤回修改”。",
    "NOT_UPLOADED": "没有找到这次上传，或该文件已被使用或删除，请重新选择照片上传。",
    "STAMP_SINGLE": "一张钢印照片只能对应一只气瓶，请逐只上传。",
    "NO_CYLINDER": "没有找到要对应的气瓶；刚导入的气瓶请稍候几秒再试，否则请刷新气瓶列表后重新选择。",
    "TOO_MANY_PHOTOS": "产品编号{serial_no}的气瓶最多{most}张照片，请先删除一张再上传。",
}
_UPLOADS = text("""
select upload_id, used_by from upload where upload_id = any(:ids) and scope_no = :no order by upload_id for update
""")


def add_photos(change: Change, request: AddPhotos, caller: Caller, limits: PhotoLimits) -> PhotoResults:
    """Binds uploads to cylinders. Raises NOT_FOUND for an application that is another's."""
    scope = scopes.lock_shared(change.session, request.application_id)
    check_may_see(caller, scope.unit_id, scope.authority_code)
    batch = _read(change.session, scope, request.items, limits)
    results = [batch.take(item) for item in request.items]
    batch.write(change)
    return PhotoResults(items=results)


Use = tuple[str, set[int]]
"""What a photo is bound as: its kind and the numbers of its cylinders."""


@dataclass
class _Batch:
    """The uploads of one call with the locked cylinders that they name."""

    scope: Scope
    limits: PhotoLimits
    uploads: dict[str, UUID | None]
    known: dict[UUID, Use]
    cylinders: dict[int, Cylinder]
    tallies: dict[int, Tally]
    photos: list[dict[str, Any]] = field(default_factory=list)
    bindings: list[dict[str, Any]] = field(default_factory=list)

    def take(self, item: NewPhoto) -> PhotoResult:
        """Takes one upload or says why not; the same upload again for the same cylinders is the same photo."""
        photo_id = keys.id_of(item.upload_id)
        numbers = _numbers(item)
        if photo_id in self.known:
            same = self.known[photo_id] == (item.kind, set(numbers))
            return PhotoResult(photo_id=str(photo_id)) if same else _refused("NOT_FOUND", "NOT_UPLOADED")
        refusal = self._refusal(item, numbers)
        if refusal is not None:
            return refusal
        self.known[photo_id] = (item.kind, set(numbers))
        row = {"id": photo_id, "scope_no": self.scope.no, "upload_id": item.upload_id, "kind": item.kind}
        self.photos.append(row)
        for number in numbers:
            self.tallies[number] = self.tallies[number].plus_pending(item.kind)
            self.bindings.append({"scope_no": self.scope.no, "cylinder_id": number, "photo_id": photo_id})
        return PhotoResult(photo_id=str(photo_id))

    def _refusal(self, item: NewPhoto, numbers: Sequence[int]) -> PhotoResult | None:
        if not self.scope.is_open:
            return _refused("WRONG_STATE")
        if item.upload_id not in self.uploads or self.uploads[item.upload_id] is not None:
            return _refused("NOT_FOUND", "NOT_UPLOADED")
        if item.kind == "STAMP" and len(numbers) != 1:
            return _refused("STAMP_SINGLE")
        full = None
        for number in numbers:
            if number not in self.cylinders:
                return _refused("NOT_FOUND", "NO_CYLINDER")
            if not may_add(self.tallies[number], item.kind, self.limits):
                full = full or self.cylinders[number]
        if full is None:
            return None
        return _refused("TOO_MANY_PHOTOS", serial_no=full.serial_no, most=self.limits.most)

    def write(self, change: Change) -> None:
        """Stores what was taken, a job for each photo, and the counts last."""
        if not self.photos:
            return
        change.session.execute(insert(photo), self.photos)
        change.session.execute(insert(photo_cylinder), self.bindings)
        use = update(upload).where(upload.c.upload_id == bindparam("of")).values(used_by=bindparam("by"))
        change.session.connection().execute(
            use, [{"of": row["upload_id"], "by": row["id"]} for row in self.photos]
        )
        for row in self.photos:
            payload = {"photo_id": str(row["id"]), "upload_id": row["upload_id"]}
            change.enqueue(NewJob(kinds.PHOTO, payload, self.scope.unit_id, id=row["id"]))
        tallies.write(change.session, self.scope.no, self.cylinders, self.tallies)
        change.note(
            "photos.added",
            f"application:{self.scope.application_id}",
            photos=[str(r["id"]) for r in self.photos],
        )


def _read(session: Session, scope: Scope, items: Sequence[NewPhoto], limits: PhotoLimits) -> _Batch:
    uploads = session.execute(_UPLOADS, {"ids": [item.upload_id for item in items], "no": scope.no})
    used = {row.upload_id: row.used_by for row in uploads}
    ids = [keys.id_of(item.upload_id) for item in items]
    known = _known(session, scope, ids)
    numbers = {number for item in items for number in _numbers(item)}
    cylinders = tallies.lock(session, scope.no, numbers)
    now = {number: cylinder.tally for number, cylinder in cylinders.items()}
    return _Batch(scope, limits, used, known, cylinders, now)


def _known(session: Session, scope: Scope, ids: Sequence[UUID]) -> dict[UUID, Use]:
    """What those of the uploads that are photos already serve as, and for which cylinders."""
    query = (
        select(photo.c.id, photo.c.kind, func.array_agg(photo_cylinder.c.cylinder_id))
        .join(photo_cylinder, photo_cylinder.c.photo_id == photo.c.id)
        .where(photo.c.id.in_(ids), photo.c.scope_no == scope.no)
        .group_by(photo.c.id)
    )
    return {photo_id: (kind, set(numbers)) for photo_id, kind, numbers in session.execute(query)}


def _numbers(item: NewPhoto) -> list[int]:
    """Each cylinder once; 0, which no cylinder is, for what cannot be the id of one."""
    return list(dict.fromkeys(keys.cylinder_id(one) or 0 for one in item.cylinder_ids))


def _refused(code: str, message: str | None = None, **words: object) -> PhotoResult:
    return PhotoResult(code=code, message=MESSAGES[message or code].format(**words))

"""The row of an import and its job, written together."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Change
from chassis.jobs import NewJob
from importer.adapters.scopes import Scope
from importer.adapters.tables import import_run, progress
from importer.application import kinds


@dataclass(frozen=True)
class NewImport:
    """A workbook under its final key, to be imported. ``size`` in bytes."""

    id: UUID
    district_code: str
    file_name: str
    size: int
    object_key: str
    source_id: UUID | None = None


def queue_import(change: Change, scope: Scope, new: NewImport) -> bool:
    """Queues an import; imports into one application run one after the other. False when it was queued before."""
    row = {**vars(new), "scope_no": scope.no, "account_id": change.actor.id}
    written = insert(import_run).values(**row).on_conflict_do_nothing().returning(import_run.c.id)
    if change.session.execute(written).one_or_none() is None:
        return False
    change.session.execute(insert(progress).values(import_id=new.id))
    job = NewJob(
        kinds.IMPORT,
        {"import_id": str(new.id)},
        scope.unit_id,
        serial_key=f"{kinds.IMPORT}:{scope.no}",
        id=new.id,
    )
    change.enqueue(job)
    change.note("import.queued", f"import:{new.id}", application_id=scope.application_id, file=new.file_name)
    return True

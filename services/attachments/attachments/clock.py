"""The clock process: beside what each service's clock does, photos whose job was given up and old tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Table, delete, exists, func, select

from attachments import document_job, keys, kinds, photo_job, removal
from attachments.completeness import PhotoLimits
from attachments.settings import AttachmentsSettings
from attachments.tables import document, photo, upload
from chassis import health, logs, tracing
from chassis.audit import Actor
from chassis.clock import Action, Clock, begin_again, chassis_actions
from chassis.database import Change, Database
from chassis.tables import job

AT_ONCE = 200
GIVEN_UP = "照片处理多次失败，请重新上传；如仍失败请另存为JPEG后上传"
GIVEN_UP_DOCUMENT = "文件处理多次失败，请重新上传；如仍失败请另存为PDF后上传"
OLD = timedelta(hours=24)
OWN_WORK = (kinds.CYLINDERS, kinds.SNAPSHOT, kinds.REMOVE)
"""Jobs that must be done in the end, since others wait for them and nobody could ask for them again."""
Settle = Callable[[Change, UUID], object]


def refuse_given_up(database: Database, limits: PhotoLimits) -> None:
    """What is still pending although its job was given up, is refused, so that nobody waits for it for ever."""
    _settle_each(database, photo, lambda change, one: photo_job.settle(change, one, GIVEN_UP, limits))
    _settle_each(database, document, lambda change, one: document_job.settle(change, one, GIVEN_UP_DOCUMENT))


def _settle_each(database: Database, table: Table, settle: Settle) -> None:
    query = select(table.c.id).join(job, job.c.id == table.c.id)
    given_up = query.where(table.c.state == "pending", job.c.state == "failed").limit(AT_ONCE)
    with database.reading() as session:
        ids = session.execute(given_up).scalars().all()
    for one in ids:
        with database.changing(Actor(database.service, "service")) as change:
            settle(change, one)


def prune_tickets(database: Database) -> None:
    """Deletes old tickets that nothing waits for, and what was uploaded by them and never used, some at a time."""
    waits = [
        exists().where(table.c.id == upload.c.used_by, table.c.state == "pending")
        for table in (photo, document)
    ]
    old = (
        select(upload.c.upload_id)
        .where(upload.c.created_at < func.now() - OLD, *(~one for one in waits))
        .order_by(upload.c.created_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with database.changing(Actor(database.service, "service")) as change:
        gone = change.session.execute(
            delete(upload).where(upload.c.upload_id.in_(old)).returning(upload.c.upload_id)
        ).scalars()
        removal.remove_later(change, "", [keys.staged(one) for one in gone])


def own_actions(limits: PhotoLimits) -> list[Action]:
    """What this clock does beside what each service's does; times in seconds."""
    return [
        Action("given up", 10, lambda database: refuse_given_up(database, limits)),
        Action("given up work", 60, lambda database: begin_again(database, OWN_WORK)),
        Action("tickets", 60, prune_tickets),
    ]


def main() -> None:
    """Works until a signal stops it."""
    settings = AttachmentsSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service)
    health.serve(settings.health_port, {"database": database.ping})
    Clock(database, [*chassis_actions(), *own_actions(settings.photo_limits)]).run()


if __name__ == "__main__":
    main()

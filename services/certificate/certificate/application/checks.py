"""Checks of uploaded PDFs: asked for, answered, and forgotten after an hour. No personal data."""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from certificate.adapters.tables import pdf_check
from certificate.domain.file_verdict import MESSAGES
from chassis.database import Change, Database
from chassis.jobs import NewJob
from chassis.storage import Storage
from contracts.certificate import PdfCheck
from contracts.errors import AppError

KIND = "check"
AREA = "certificate-checks"
KEPT = text("interval '1 hour'")
GIVEN_UP_AFTER = text("interval '5 minutes'")
AT_ONCE = 1000
_SHOWN = ("state", "intact", "trusted", "ours", "latest", "number", "certificate_state", "message")
log = structlog.get_logger("certificate.checks")


def start(change: Change, upload_id: str) -> PdfCheck:
    """The check of this upload; a second request for the same upload answers the same check."""
    first = insert(pdf_check).values(id=uuid.uuid4(), upload_id=upload_id).on_conflict_do_nothing()
    check_id = change.session.execute(first.returning(pdf_check.c.id)).scalar()
    if check_id is not None:
        change.enqueue(NewJob(KIND, {"check_id": str(check_id)}))
    row = change.session.execute(select(pdf_check).where(pdf_check.c.upload_id == upload_id)).mappings().one()
    return shown(row)


def find(session: Session, check_id: str) -> RowMapping:
    """The row of a check. Raises NOT_FOUND, also for one that is forgotten by now."""
    try:
        here = pdf_check.c.id == uuid.UUID(check_id)
    except ValueError as fault:
        raise AppError("NOT_FOUND", "没有找到该检查，请重新上传文件。") from fault
    row = session.execute(select(pdf_check).where(here)).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND", "检查结果只保留一小时，请重新上传文件。")
    return row


def shown(row: RowMapping) -> PdfCheck:
    """The check as every interface shows it."""
    return PdfCheck(id=str(row["id"]), **{name: row[name] for name in _SHOWN})


def give_up(database: Database) -> None:
    """Answers checks that no worker ended in five minutes, so that nobody waits for ever."""
    late = (pdf_check.c.state == "queued") & (pdf_check.c.created_at < func.now() - GIVEN_UP_AFTER)
    answer = update(pdf_check).where(late).values(state="done", message=MESSAGES["not_checked"])
    with database.engine.begin() as connection:
        given_up = connection.execute(answer).rowcount
    if given_up:
        log.error("files not checked in time", number=given_up)


def forget(database: Database, storage: Storage) -> None:
    """Removes results after an hour, and each uploaded file as soon as its check is over."""
    over = (pdf_check.c.state == "done") & ~pdf_check.c.object_removed
    with database.reading() as session:
        uploads = list(session.execute(select(pdf_check.c.upload_id).where(over).limit(AT_ONCE)).scalars())
    for upload_id in uploads:
        storage.remove(Storage.staging_key(AREA, upload_id))
    old = (pdf_check.c.created_at < func.now() - KEPT) & pdf_check.c.object_removed
    with database.engine.begin() as connection:
        gone = pdf_check.c.upload_id.in_(uploads)
        connection.execute(update(pdf_check).where(gone).values(object_removed=True))
        connection.execute(delete(pdf_check).where(old))

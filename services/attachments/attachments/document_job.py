"""The job of a document: a whole PDF is kept as it is, a picture is re-encoded, everything else is refused."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import update

from attachments import keys
from attachments.decoding import format_of
from attachments.pictures import PictureLimits, PictureRefused, check_picture
from attachments.tables import document
from attachments.tools import Tools
from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob
from chassis.patience import patiently
from chassis.storage import NotStoredError
from chassis.worker import Keeper

NEVER_CAME = "没有收到文件，上传可能中断，请重新上传"
WRONG_TYPE = "文件内容不是PDF、JPEG、PNG或HEIC（与扩展名无关），请另存为PDF后重新上传"
CUT_OFF = "PDF文件不完整，请确认能正常打开后重新上传"
TOO_LARGE = "文件超过{megabytes:g}MB，请压缩或拆分后重新上传"
_PDF_BEGIN, _PDF_END, _TAIL = b"%PDF-", b"%%EOF", 2048


@dataclass(frozen=True)
class CheckedDocument:
    """What is stored: ``suffix`` is pdf or jpg; ``sha256`` is of the bytes as uploaded."""

    content: bytes
    content_type: str
    suffix: str
    sha256: str


def check(content: bytes, limits: PictureLimits) -> CheckedDocument | str:
    """The document, or the reason why it is none."""
    digest = sha256(content).hexdigest()
    if len(content) > limits.max_bytes:
        return TOO_LARGE.format(megabytes=limits.max_bytes / (1024 * 1024))
    if content.startswith(_PDF_BEGIN):
        whole = _PDF_END in content[-_TAIL:]
        return CheckedDocument(content, keys.PDF, "pdf", digest) if whole else CUT_OFF
    if format_of(content) is None:
        return WRONG_TYPE
    try:
        return CheckedDocument(check_picture(content, limits).original.content, keys.JPEG, "jpg", digest)
    except PictureRefused as refused:
        return refused.reason


def check_document(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Does one document. The upload is removed only after the commit, so that the job can begin again."""
    document_id, staged = UUID(job.payload["document_id"]), keys.staged(job.payload["upload_id"])
    try:
        outcome = check(patiently(lambda: tools.storage.get(staged), keeper), tools.pictures)
    except NotStoredError:
        outcome = NEVER_CAME
    if isinstance(outcome, CheckedDocument):
        kept, key = outcome, keys.document(document_id, outcome.suffix)
        patiently(lambda: tools.storage.put(key, kept.content, kept.content_type), keeper)
    with tools.database.changing(job.actor) as change:
        settle(change, document_id, outcome)
        jobs.finish(change.session, job)
    tools.storage.remove(staged)


def settle(change: Change, document_id: UUID, outcome: CheckedDocument | str) -> None:
    """Ends the check of a document that is still pending."""
    values: dict[str, object] = {"state": "refused", "reason": outcome}
    if isinstance(outcome, CheckedDocument):
        key = keys.document(document_id, outcome.suffix)
        values = {"state": "ready", "object_key": key, "sha256": outcome.sha256}
    columns = document.c
    ended = change.session.execute(
        update(document)
        .where(columns.id == document_id, columns.state == "pending")
        .values(**values)
        .returning(columns.id)
    )
    if ended.one_or_none() is not None:
        change.note(f"document.{values['state']}", f"document:{document_id}")

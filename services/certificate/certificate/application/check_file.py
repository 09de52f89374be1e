"""The job that checks one uploaded PDF. The file is removed when the answer is kept."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.orm import Session

from certificate.adapters.contained import look_contained
from certificate.adapters.signing_keys import SigningKeys
from certificate.adapters.tables import certificate, pdf_check
from certificate.application.checks import AREA
from certificate.application.tools import Tools
from certificate.domain.file_verdict import MAX_BYTES, FileFacts, FileVerdict, Issued, judge
from chassis import jobs
from chassis.jobs import ClaimedJob
from chassis.storage import NotStoredError, Storage


def check(job: ClaimedJob, tools: Tools, keys: SigningKeys) -> None:
    """Answers the check, unless it was answered already, and removes the file."""
    here = pdf_check.c.id == uuid.UUID(job.payload["check_id"])
    with tools.database.reading() as session:
        row = session.execute(select(pdf_check).where(here)).mappings().one_or_none()
    if row is None or row["state"] == "done":  # given up by the clock, and perhaps forgotten
        _finish(job, tools, None)
        return
    key = Storage.staging_key(AREA, row["upload_id"])
    facts = _facts(tools.storage, key, keys)
    with tools.database.reading() as session:
        verdict = _verdict(session, facts)
    _finish(job, tools, verdict)
    tools.storage.remove(key)


def _facts(storage: Storage, key: str, keys: SigningKeys) -> FileFacts:
    try:
        if storage.size(key) > MAX_BYTES:
            return FileFacts("too_large")
        with tempfile.TemporaryDirectory(prefix="certificate-check-") as folder:
            path = Path(folder) / "file.pdf"
            storage.get_file(key, path)
            return look_contained(path, keys.ca)
    except NotStoredError:
        return FileFacts("missing")


def _verdict(session: Session, facts: FileFacts) -> FileVerdict:
    """By the whole file, or else by its signed part: then it is ours, and was changed afterwards."""
    whole = _issued(session, facts.sha256)
    part = None if whole else _issued(session, facts.signed_sha256)
    return judge(facts, whole or part, whole=whole is not None)


def _issued(session: Session, sha256: str) -> Issued | None:
    if not sha256:
        return None
    row = session.execute(select(certificate).where(certificate.c.pdf_sha256 == sha256)).mappings().first()
    return None if row is None else Issued(row["number"], row["state"], _is_newest(session, row))


def _is_newest(session: Session, row: RowMapping) -> bool:
    """A replacement that is only being made does not count yet."""
    issued = (certificate.c.number == row["number"]) & (certificate.c.state != "pending")
    newest = session.execute(select(func.max(certificate.c.version)).where(issued)).scalar_one()
    return bool(newest == row["version"])


def _finish(job: ClaimedJob, tools: Tools, verdict: FileVerdict | None) -> None:
    with tools.database.changing(job.actor) as change:
        if verdict is not None:
            here = (pdf_check.c.id == uuid.UUID(job.payload["check_id"])) & (pdf_check.c.state == "queued")
            values = {**asdict(verdict), "state": "done"}
            change.session.execute(update(pdf_check).where(here).values(**values))
        jobs.finish(change.session, job)

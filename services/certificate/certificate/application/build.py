"""The job that makes a certificate's files: signed PDF and annex, stored, then valid in one transaction.

A repeat after kill -9 begins anew. Keys hold the digest of what lies there, so that a worker that lost its job can
never put other bytes under the key that the row names.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import structlog
import typst
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.orm import Session

from certificate.adapters import annex
from certificate.adapters.signing import Seal
from certificate.adapters.snapshot import Snapshot, UnusableSnapshotError, read_snapshot
from certificate.adapters.tables import certificate
from certificate.adapters.typesetting import NotTypesetError, typeset
from certificate.application.contents_of import contents_of
from certificate.application.tools import Tools
from certificate.domain.serial_no import norm_serial
from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob
from chassis.storage import Stored
from chassis.worker import Keeper
from contracts.events import CertificateIssued, Claim

PDF_TYPE = "application/pdf"
_COPY = "copy certificate_cylinder (certificate_no, position, cylinder_id, serial_no, valid_from) from stdin"
log = structlog.get_logger("certificate.build")


@dataclass(frozen=True)
class Workshop:
    """What making files needs beside the tools of every process."""

    tools: Tools
    fonts: typst.Fonts
    seal: Seal


def build(job: ClaimedJob, keeper: Keeper, workshop: Workshop) -> None:
    """Makes the files unless they are there. A fault of the contents ends the job; an operator reads it in the log,
    and the clock tries again (build_jobs.retry_failed)."""
    row = _row(workshop.tools, job.payload["certificate_id"])
    if row["state"] != "pending":
        with workshop.tools.database.changing(job.actor) as change:
            jobs.finish(change.session, job)
        return
    try:
        _build(job, keeper, workshop, row)
    except (UnusableSnapshotError, NotTypesetError) as fault:
        log.exception("certificate cannot be built", certificate=row["id"])
        _give_up(job, workshop.tools, row, str(fault))


def _row(tools: Tools, certificate_id: str) -> RowMapping:
    with tools.database.reading() as session:
        return session.execute(select(certificate).where(certificate.c.id == certificate_id)).mappings().one()


def _build(job: ClaimedJob, keeper: Keeper, workshop: Workshop, row: RowMapping) -> None:
    claims = [Claim(key=row[f"{name}_key"], sha256=row[f"{name}_sha256"]) for name in ("snapshot", "refused")]
    snapshot = read_snapshot(workshop.tools.storage, *claims)
    keeper.check()
    with tempfile.TemporaryDirectory(prefix="certificate-") as folder:
        pdf, workbook = _made(workshop, row, snapshot, Path(folder), keeper)
        keeper.check()
        stored_pdf = _put(workshop.tools, row, pdf, PDF_TYPE)
        stored_annex = _put(workshop.tools, row, workbook, annex.TYPE)
    with workshop.tools.database.changing(job.actor) as change:
        _make_valid(change, row, stored_pdf, stored_annex)
        _write_membership(change.session, row["no"], row["issued_on"], snapshot.registered)
        jobs.finish(change.session, job)


def _made(
    workshop: Workshop, row: RowMapping, snapshot: Snapshot, folder: Path, keeper: Keeper
) -> tuple[Path, Path]:
    contents = contents_of(row, snapshot)
    unsigned, signed, workbook = (folder / name for name in ("unsigned.pdf", "signed.pdf", "annex.xlsx"))
    address = workshop.tools.settings.verify_url(row["token"])
    typeset(contents, address, workshop.fonts, unsigned, keeper.check)
    workshop.seal.sign(unsigned, signed, row["created_at"])
    annex.write_annex(contents, workbook)
    return signed, workbook


def _put(tools: Tools, row: RowMapping, path: Path, content_type: str) -> Stored:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    key = f"certificate/{row['id']}/{row['version']}-{digest}{path.suffix}"
    return tools.storage.put_file(key, path, content_type)


def _make_valid(change: Change, row: RowMapping, pdf: Stored, workbook: Stored) -> None:
    """The row, and what others are told; a row that is not pending any more was finished by another worker."""
    values: dict[str, Any] = {
        "state": "valid",
        "pdf_key": pdf.key,
        "pdf_sha256": pdf.sha256,
        "annex_key": workbook.key,
        "annex_sha256": workbook.sha256,
        "build_fault": None,
        "built_at": func.now(),
    }
    here = (certificate.c.no == row["no"]) & (certificate.c.state == "pending")
    if change.session.connection().execute(update(certificate).where(here).values(**values)).rowcount != 1:
        raise jobs.LeaseLostError(f"certificate {row['id']} was built by another job")
    subject = f"certificate:{row['id']}"
    change.note(
        "certificate.issued", subject, number=row["number"], version=row["version"], sha256=pdf.sha256
    )
    change.emit(
        CertificateIssued(
            application_id=row["application_id"],
            certificate_id=row["id"],
            number=row["number"],
            version=row["version"],
            count=row["count"],
            file=Claim(key=pdf.key, sha256=pdf.sha256),
        )
    )


def _write_membership(session: Session, no: int, day: date, registered: pl.DataFrame) -> None:
    driver: Any = session.connection().connection.driver_connection
    cylinders = registered.select("cylinder_id", "serial_no").iter_rows()
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for position, (cylinder_id, serial_no) in enumerate(cylinders, start=1):
            copy.write_row((no, position, cylinder_id, norm_serial(serial_no), day))


def _give_up(job: ClaimedJob, tools: Tools, row: RowMapping, text: str) -> None:
    fault = {"code": "INTERNAL", "message": text[:1000]}
    with tools.database.changing(job.actor) as change:
        here = certificate.c.no == row["no"]
        change.session.execute(update(certificate).where(here).values(build_fault=fault))
        change.note("certificate.build_failed", f"certificate:{row['id']}")
        jobs.fail(change.session, job, fault)

"""证书生成 begins: a number is given, once for each application, and the file is left to a worker."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import structlog
from sqlalchemy import RowMapping, func, insert, select
from sqlalchemy.orm import Session

from certificate.adapters import numbers
from certificate.adapters.numbers import NoRuleError, Numbered
from certificate.adapters.tables import certificate
from certificate.application.build_jobs import new_build
from certificate.domain.number_template import SerialExhausted
from certificate.domain.verification_payload import new_token
from chassis.database import Change
from contracts.certificate import CreateCertificate
from contracts.errors import AppError

FIRST_VERSION = 1
log = structlog.get_logger("certificate.issue")


def create(change: Change, request: CreateCertificate, today: date) -> RowMapping:
    """The certificate of this id; a new one gets the next number of its authority.

    Raises IDEMPOTENCY_CONFLICT when the id is another application's, WRONG_STATE when the application has another
    certificate or no number can be given.
    """
    _one_at_a_time(change.session, request.application_id)
    known = _row(change.session, request.certificate_id)
    if known is not None:
        return _same(known, request)
    _check_first(change.session, request.application_id)
    numbered = _allocate(change.session, request, today)
    job = new_build(request.certificate_id, request.holder.unit_id)
    row = _new_row(request, numbered, today) | {"build_job": job.id}
    change.session.execute(insert(certificate).values(**row))
    change.enqueue(job)
    change.note(
        "certificate.numbered", f"certificate:{request.certificate_id}", number=row["number"], version=1
    )
    created = _row(change.session, request.certificate_id)
    if created is None:
        raise AppError("INTERNAL")
    return created


def _one_at_a_time(session: Session, application_id: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(application_id, 0))))


def _row(session: Session, certificate_id: str) -> RowMapping | None:
    query = select(certificate).where(certificate.c.id == certificate_id)
    return session.execute(query).mappings().one_or_none()


def _same(known: RowMapping, request: CreateCertificate) -> RowMapping:
    if known["application_id"] != request.application_id:
        raise AppError("IDEMPOTENCY_CONFLICT")
    return known


def _check_first(session: Session, application_id: str) -> None:
    of_it = select(certificate.c.number).where(certificate.c.application_id == application_id).limit(1)
    number = session.execute(of_it).scalar()
    if number is not None:
        raise AppError("WRONG_STATE", f"该申请已有使用登记证{number}，请直接查看该证书。")


def _allocate(session: Session, request: CreateCertificate, today: date) -> Numbered:
    """A refusal here is an alarm: no certificate of this authority can be issued until somebody acts."""
    try:
        return numbers.allocate(session, request.issuer, request.variety_group, FIRST_VERSION, today)
    except SerialExhausted as fault:
        log.exception("serials exhausted", authority=request.issuer.code)
        raise AppError("WRONG_STATE", "该登记机关的使用登记证编号已用完，请联系系统管理员处理。") from fault
    except (ValueError, NoRuleError) as fault:
        log.exception("no number can be made", authority=request.issuer.code)
        text = "无法生成使用登记证编号，请联系系统管理员核对登记机关代码和编号规则。"
        raise AppError("WRONG_STATE", text) from fault


def _new_row(request: CreateCertificate, numbered: Numbered, today: date) -> dict[str, Any]:
    return {
        "id": request.certificate_id,
        "application_id": request.application_id,
        "application_no": request.application_no,
        "number": str(numbered.number),
        "version": FIRST_VERSION,
        "token": new_token(os.urandom),
        "unit_id": request.holder.unit_id,
        "authority_code": request.issuer.code,
        "holder": request.holder.model_dump(mode="json"),
        "issuer": request.issuer.model_dump(mode="json"),
        "variety_group": request.variety_group,
        "variety_name": numbered.variety_name,
        "count": request.count,
        "refused_count": request.refused_count,
        "snapshot_key": request.snapshot.key,
        "snapshot_sha256": request.snapshot.sha256,
        "refused_key": request.refused.key,
        "refused_sha256": request.refused.sha256,
        "issued_on": today,
        "licence_identifier": numbered.licence_identifier,
    }

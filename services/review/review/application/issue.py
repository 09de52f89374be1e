"""证书生成, as a saga: the wish is noted, the certificate service is asked, its event ends it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import Actor
from chassis.database import Change
from chassis.tokens import Caller
from contracts.certificate import CreateCertificate, Holder, Issuer
from contracts.errors import AppError
from contracts.events import ApplicationCertified, CertificateIssued, Claim
from contracts.identity import GetAuthority, Unit
from contracts.review import IssueCertificate, Issuing
from review.adapters.tables import issue
from review.application import applications, moves, submissions
from review.application.applications import Row
from review.application.tools import Tools
from review.domain.states import Action, State, Step

AT_ONCE = 20
PASSING = frozenset({"UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE"})
_CERTIFICATES = uuid.UUID("0d6c3a52-6a0f-5c1b-8f57-61f6c1f4a9d3")
log = structlog.get_logger("review.issue")


def issue_certificate(request: IssueCertificate, caller: Caller, tools: Tools) -> Issuing:
    """Begins the issue; repeated it answers the same certificate. The clock asks again a service that is away."""
    with tools.database.changing(caller.actor) as change:
        noted = _note(change, request, caller)
    if noted["created_at"] is None:
        try:
            create(noted, tools)
        except AppError as refusal:
            if refusal.code not in PASSING:
                raise
            log.warning("issue left to the clock", application=request.application_id, code=refusal.code)
    return Issuing(certificate_id=noted["certificate_id"])


def _note(change: Change, request: IssueCertificate, caller: Caller) -> RowMapping:
    row = applications.seen_by(change.session, request.application_id, caller, lock="update")
    earlier = _of(change, row["id"])
    if earlier is not None and Step.ISSUE in caller.steps:
        return earlier
    moves.move_of(row, Action.ISSUE, caller.role, caller.steps)
    applications.check_version(row, request.version)
    certificate_id = str(uuid.uuid5(_CERTIFICATES, row["id"]))
    wish = {"application_id": row["id"], "certificate_id": certificate_id, "officer_id": caller.id}
    change.session.execute(insert(issue).values(**wish))
    change.note("certificate.asked", f"application:{row['id']}", certificate_id=certificate_id)
    moves.tell(change, row["id"], "issue_begun", moves.Said("正在生成使用登记证"), "发证人员")
    noted = _of(change, row["id"])
    if noted is None:
        raise LookupError(row["id"])
    return noted


def _of(change: Change, application_id: str) -> RowMapping | None:
    query = select(issue).where(issue.c.application_id == application_id)
    return change.session.execute(query).mappings().one_or_none()


def create(noted: RowMapping, tools: Tools) -> None:
    """Asks for the certificate, by a key that makes every repeat the same one."""
    with tools.database.reading() as session:
        row = applications.require(session, noted["application_id"])
        submitted = submissions.find(session, row["id"], row["attempt"])
    if submitted is None:
        raise LookupError(row["id"])
    wanted = _request(row, submitted, noted["certificate_id"], tools)
    made = tools.rpc.call(wanted, key=noted["certificate_id"])
    with tools.database.changing(Actor(noted["officer_id"], "bureau")) as change:
        _numbered(change, row["id"], made.number)


def _numbered(change: Change, application_id: str, number: str) -> None:
    """The certificate is there: nobody asks for it again."""
    answered = update(issue).where(issue.c.application_id == application_id, issue.c.created_at.is_(None))
    numbered = answered.values(created_at=func.now(), number=number).returning(issue.c.number)
    if change.session.execute(numbered).scalar() is not None:
        change.note("certificate.numbered", f"application:{application_id}", number=number)


def _request(row: Row, submitted: RowMapping, certificate_id: str, tools: Tools) -> CreateCertificate:
    authority = tools.rpc.call(GetAuthority(district_code=row["district_code"]))
    return CreateCertificate(
        certificate_id=certificate_id,
        application_id=row["id"],
        application_no=row["application_no"],
        variety_group=row["variety_group"],
        holder=_holder(row["form"]),
        issuer=Issuer(code=authority.code, name=authority.name, cert_code=authority.cert_code),
        snapshot=Claim.model_validate(submitted["cylinders_snapshot"]),
        refused=Claim.model_validate(row["refused"]),
        count=row["cylinders"] - row["refused_count"],
        refused_count=row["refused_count"],
    )


def _holder(form: Any) -> Holder:
    """The unit as frozen; 经办人 is who filled in, reached by the unit's telephone."""
    unit = Unit.model_validate(form["unit"])
    return Holder(
        unit_id=unit.id,
        name=unit.name,
        credit_code=unit.credit_code,
        use_place=unit.use_place,
        handler=form["filled_by"],
        phone=unit.landline,
        filled_on=date.fromisoformat(form["filled_on"]),
    )


def issued(change: Change, event: CertificateIssued, tools: Tools) -> None:
    """The signed file is there: the application is certified, by the officer who asked for it."""
    row = applications.find(change.session, event.application_id, lock="update")
    noted = _of(change, event.application_id)
    if row is None or noted is None or row["state"] != State.APPROVED:
        return  # a later version of the certificate, or one of another installation
    change.actor = Actor(noted["officer_id"], "bureau")
    _numbered(change, row["id"], event.number)  # the answer may have been lost
    move = moves.move_of(row, Action.ISSUE, "bureau", frozenset({Step.ISSUE.value}))
    said = moves.Said(f"已发证，使用登记证编号：{event.number}")
    certified = {"certificate_id": event.certificate_id, "certificate_number": event.number}
    moves.make(change, row, move, tools, said, **certified)
    change.emit(
        ApplicationCertified(
            application_id=row["id"],
            unit_id=row["unit_id"],
            certificate_id=event.certificate_id,
            number=event.number,
        )
    )


def create_left_behind(tools: Tools, patience_s: float) -> None:
    """What the clock does: asks again for certificates whose answer never came."""
    columns = issue.c
    old = columns.touched_at < func.now() - timedelta(seconds=patience_s)
    some = select(issue).where(columns.created_at.is_(None), old).limit(AT_ONCE)
    with tools.database.engine.begin() as connection:
        rows = connection.execute(some.with_for_update(skip_locked=True)).mappings().all()
        for row in rows:
            touched = update(issue).where(columns.application_id == row["application_id"])
            connection.execute(touched.values(touched_at=func.now()))
    for row in rows:
        try:
            create(row, tools)
        except AppError as refusal:
            log.warning("certificate not created", application=row["application_id"], code=refusal.code)

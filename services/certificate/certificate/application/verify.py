"""What anyone may ask of a certificate: by its token, by its number, and whether it covers a cylinder."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, RowMapping, func, or_, select
from sqlalchemy.orm import Session

from certificate.adapters.tables import certificate, certificate_cylinder
from certificate.domain.number_template import NotANumber, parse_number
from certificate.domain.serial_no import norm_serial
from certificate.domain.verification_payload import STATES, is_token
from contracts.certificate import CylinderInCertificate, Verification
from contracts.errors import AppError

UNKNOWN_CODE = "没有查到该使用登记证，请核对二维码或验证地址；如有疑问请联系登记机关。"
NO_NUMBER = "没有查到该使用登记证编号，请按证书所印编号核对后重试。"


def by_token(session: Session, token: str) -> Verification:
    """The public facts by the token of the QR code. Raises NOT_FOUND, also while the file is made."""
    return _public(_with_token(session, token))


def by_number(session: Session, text: str) -> Verification:
    """The public facts of the newest version of a number, as people write it. Raises NOT_FOUND."""
    try:
        number = str(parse_number(text))
    except NotANumber as fault:
        raise AppError("NOT_FOUND", NO_NUMBER) from fault
    row = _issued(session, certificate.c.number == number)
    if row is None:
        raise AppError("NOT_FOUND", NO_NUMBER)
    return _public(row)


def cylinder_in(session: Session, token: str, serial_no: str, day: date) -> CylinderInCertificate:
    """How many cylinders with this 产品编号 the certificate covers on ``day``. Raises NOT_FOUND for the token."""
    of_it = certificate_cylinder.c
    here = of_it.certificate_no == _with_token(session, token)["no"]
    named = of_it.serial_no == norm_serial(serial_no)
    covered = (of_it.valid_from <= day) & or_(of_it.valid_to.is_(None), of_it.valid_to >= day)
    count = session.execute(select(func.count()).where(here, named, covered)).scalar_one()
    return CylinderInCertificate(serial_no=serial_no, included=count > 0, count=count)


def _with_token(session: Session, token: str) -> RowMapping:
    row = _issued(session, certificate.c.token == token) if is_token(token) else None
    if row is None:
        raise AppError("NOT_FOUND", UNKNOWN_CODE)
    return row


def _issued(session: Session, named: ColumnElement[bool]) -> RowMapping | None:
    """The newest of the versions that were issued."""
    issued = certificate.c.state != "pending"
    query = select(certificate).where(named, issued).order_by(certificate.c.version.desc()).limit(1)
    return session.execute(query).mappings().one_or_none()


def _public(row: RowMapping) -> Verification:
    return Verification(
        number=row["number"],
        unit_name=row["holder"]["name"],
        variety=row["variety_name"],
        count=row["count"],
        issued_on=row["issued_on"],
        authority=row["issuer"]["name"],
        state=row["state"],
        state_name=STATES[row["state"]],
    )

"""Numbers from the dated rules and the counters. Source: domain.md sections 5 and 6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from certificate.adapters.tables import licence_template, number_counter, number_template
from certificate.domain.licence_identifier import LicenceIdentifier, region_of
from certificate.domain.number_template import CertificateNumber, format_number
from contracts.certificate import Issuer


class NoRuleError(LookupError):
    """No dated row holds on that day."""


@dataclass(frozen=True)
class Numbered:
    """A number that nobody else gets, its electronic licence, and the name of the batch group's 设备品种."""

    number: CertificateNumber
    variety_name: str
    licence_identifier: str


def _holds(table: FromClause, day: date) -> ColumnElement[bool]:
    begun = or_(table.c.valid_from.is_(None), table.c.valid_from <= day)
    return begun & or_(table.c.valid_to.is_(None), table.c.valid_to >= day)


def _rule(session: Session, table: FromClause, day: date, *where: ColumnElement[bool]) -> RowMapping:
    """The row that holds on ``day``: of several the one that began last."""
    newest = table.c.valid_from.desc().nulls_last()
    query = select(table).where(_holds(table, day), *where).order_by(newest).limit(1)
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NoRuleError(f"no row of {table} holds on {day}")
    return row


def allocate(session: Session, issuer: Issuer, variety_group: str, version: int, day: date) -> Numbered:
    """The next number of the authority's counter, whose row stays locked until the commit: no gaps, no doubles.

    Raises NoRuleError, SerialExhausted, and ValueError when the authority's codes make no number or licence.
    """
    rule = _rule(session, number_template, day, number_template.c.variety_group == variety_group)
    period = str(day.year) if rule["serial_reset"] == "yearly" else ""
    counter = {"cert_code": issuer.cert_code, "prefix": rule["prefix"], "period": period}
    number = format_number(rule["prefix"], issuer.cert_code, _count(session, counter), day.year)
    return Numbered(number, rule["variety_name"], _licence(session, number, issuer, version, day))


def _count(session: Session, counter: dict[str, Any]) -> int:
    first = insert(number_counter).values(**counter, last=1)
    again = first.on_conflict_do_update(
        index_elements=list(counter), set_={"last": number_counter.c.last + 1}
    )
    return int(session.execute(again.returning(number_counter.c.last)).scalar_one())


def _licence(session: Session, number: CertificateNumber, issuer: Issuer, version: int, day: date) -> str:
    """An authority without a credit code gives its region, as older licences do."""
    rule = _rule(session, licence_template, day)
    issued_by = issuer.credit_code or region_of(issuer.code) or rule["region_code"]
    serial = f"{number.prefix.removeprefix('瓶')}{number.cert_code}{number.serial}{number.yy}"
    return str(LicenceIdentifier(rule["type_code"], issued_by, serial, version))

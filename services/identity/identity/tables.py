"""The tables of the identity service. What they mean is said in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

IDENTITY = MetaData()


def _text(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _texts(name: str) -> Column[list[str]]:
    return Column(name, ARRAY(Text), nullable=False, server_default="{}")


def _at(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _moment(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _number() -> Column[int]:
    return Column("no", BigInteger, Identity(), primary_key=True)


district = Table(
    "district",
    IDENTITY,
    _number(),
    _text("code"),
    _text("name"),
    _text("pinyin"),
    _text("kind"),
    Column("valid_from", Date),
    Column("valid_to", Date),
    _texts("successors"),
)

authority = Table(
    "authority",
    IDENTITY,
    _number(),
    _text("code"),
    _text("name"),
    _text("district_code"),
    _text("cert_code"),
    _text("phone"),
    Column("pilot", Boolean, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    _text("level"),
    Column("sample", Boolean, nullable=False, server_default="false"),
)

unit = Table(
    "unit",
    IDENTITY,
    Column("id", Text, primary_key=True),
    _text("name"),
    Column("credit_code", Text, nullable=False, unique=True),
    _text("district_code"),
    _text("address", ""),
    _text("use_place", ""),
    _text("landline", ""),
    _text("postcode", ""),
    Column("safety_department", JSONB),
    Column("safety_officers", JSONB, nullable=False, server_default="[]"),
    Column("version", Integer, nullable=False, server_default="1"),
    _at("created_at"),
    _at("changed_at"),
)

account = Table(
    "account",
    IDENTITY,
    Column("id", Text, primary_key=True),
    _text("username"),
    Column("username_key", Text, nullable=False, unique=True),
    _text("role"),
    Column("unit_id", Text, ForeignKey("unit.id")),
    Column("authority_code", Text),
    _texts("steps"),
    _texts("rights"),
    _text("password_hash"),
    Column("disabled", Boolean, nullable=False, server_default="false"),
    _at("created_at"),
    Index("account_unit_id", "unit_id", postgresql_where=text("unit_id is not null")),
    Index("account_authority", "authority_code", postgresql_where=text("authority_code is not null")),
)

sign_in_guard = Table(
    "sign_in_guard",
    IDENTITY,
    Column("name_digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    _moment("locked_until"),
    _at("failed_at"),
    Index("sign_in_guard_failed", "failed_at"),
)

session = Table(
    "session",
    IDENTITY,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("account.id"), nullable=False),
    _at("created_at"),
    _at("used_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    _moment("ended_at"),
    Column("end_reason", Text),
    Index("session_account", "account_id", postgresql_where=text("ended_at is null")),
    Index("session_expiry", "expires_at"),
)

refresh_token = Table(
    "refresh_token",
    IDENTITY,
    Column("token_digest", LargeBinary, primary_key=True),
    Column("session_id", Text, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    _at("issued_at"),
    _moment("used_at"),
    Index("refresh_token_session", "session_id"),
)

sign_in = Table(
    "sign_in",
    IDENTITY,
    _number(),
    _at("at"),
    Column("account_id", Text),
    _text("outcome"),
    _text("address"),
    Index("sign_in_at", "at"),
    Index("sign_in_account", "account_id", "at"),
)

notice = Table(
    "notice",
    IDENTITY,
    _number(),
    Column("id", Text, nullable=False, unique=True),
    _text("title"),
    _text("body"),
    Column("published_on", Date, nullable=False),
    Column("until", Date),
    Column("pinned", Boolean, nullable=False, server_default="false"),
    Column("emergency", Boolean, nullable=False, server_default="false"),
    _at("created_at"),
    Index("notice_list", text("pinned desc"), text("published_on desc"), text("no desc")),
    Index("notice_emergency", text("published_on desc"), text("no desc"), postgresql_where=text("emergency")),
)

tries = Table(
    "tries",
    IDENTITY,
    Column("digest", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Index("tries_until", "until"),
)

captcha = Table(
    "captcha",
    IDENTITY,
    Column("id", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    _moment("used_at"),
    Index("captcha_expiry", "expires_at"),
)

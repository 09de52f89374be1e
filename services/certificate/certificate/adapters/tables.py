"""The tables of the certificate service. What they mean is said here; how they came to be, in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

CERTIFICATE = MetaData()


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default="false")


def _created() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


number_template = Table(
    "number_template",
    CERTIFICATE,
    Column("id", Integer, Identity(), primary_key=True),
    _text("variety_group"),
    _text("prefix"),
    _text("variety_name"),
    Column("serial_reset", Text, nullable=False, server_default="none"),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("note", Text, nullable=False, server_default=""),
    Index("number_template_group", "variety_group", "valid_from"),
    comment="Prefix of a number by batch group, dated (domain.md section 5)",
)

licence_template = Table(
    "licence_template",
    CERTIFICATE,
    Column("id", Integer, Identity(), primary_key=True),
    _text("type_code"),
    _text("region_code"),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("note", Text, nullable=False, server_default=""),
    comment="Type and region of electronic licences, dated (domain.md section 6)",
)

number_counter = Table(
    "number_counter",
    CERTIFICATE,
    Column("cert_code", Text, primary_key=True),
    Column("prefix", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("last", Integer, nullable=False),
    comment="The last serial that an authority gave under a prefix; "
    "period is empty, or the year where serials start anew",
)

certificate = Table(
    "certificate",
    CERTIFICATE,
    Column("no", BigInteger, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _text("application_id"),
    _text("application_no"),
    _text("number"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("token", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="pending"),
    _text("unit_id"),
    _text("authority_code"),
    Column("holder", JSONB, nullable=False),
    Column("issuer", JSONB, nullable=False),
    _text("variety_group"),
    _text("variety_name"),
    Column("count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    _text("snapshot_key"),
    _text("snapshot_sha256"),
    _text("refused_key"),
    _text("refused_sha256"),
    Column("issued_on", Date, nullable=False),
    _text("licence_identifier"),
    _text("pdf_key", nullable=True),
    _text("pdf_sha256", nullable=True),
    _text("annex_key", nullable=True),
    _text("annex_sha256", nullable=True),
    Column("build_job", Uuid, nullable=False),
    Column("build_fault", JSONB),
    _created(),
    Column("built_at", DateTime(timezone=True)),
    UniqueConstraint("number", "version", name="certificate_number"),
    UniqueConstraint("application_id", "version", name="certificate_application"),
    Index("certificate_valid", "application_id", unique=True, postgresql_where=text("state = 'valid'")),
    Index("certificate_pending", "application_id", unique=True, postgresql_where=text("state = 'pending'")),
    Index("certificate_waiting", "no", postgresql_where=text("state = 'pending'")),
    Index("certificate_unit", "unit_id", "no"),
    Index("certificate_authority", "authority_code", "no"),
    Index("certificate_pdf", "pdf_sha256"),
    comment="Certificates by version; a replacement keeps the number and raises the version",
)

certificate_cylinder = Table(
    "certificate_cylinder",
    CERTIFICATE,
    Column("certificate_no", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _text("cylinder_id"),
    _text("serial_no"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index("certificate_cylinder_serial", "certificate_no", "serial_no"),
    Index("certificate_cylinder_id", "cylinder_id"),
    comment="Which cylinders a certificate covers, from and to which day; "
    "serial_no in the form of domain.md section 10",
)

pdf_check = Table(
    "pdf_check",
    CERTIFICATE,
    Column("id", Uuid, primary_key=True),
    Column("upload_id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, server_default="queued"),
    _flag("intact"),
    _flag("trusted"),
    _flag("ours"),
    _flag("latest"),
    _text("number", nullable=True),
    _text("certificate_state", nullable=True),
    Column("message", Text, nullable=False, server_default=""),
    _flag("object_removed"),
    _created(),
    Index("pdf_check_created", "created_at"),
    comment="Checks of uploaded files; kept for an hour, the file itself never",
)

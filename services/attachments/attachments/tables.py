"""The tables of the attachments service. What they mean is said here; how they came to be, in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

ATTACHMENTS = MetaData()

TALLY_COLUMNS = ("stamps", "certs", "pending_stamps", "pending_certs")
"""The counts of a cylinder's photos, by the names of ``completeness.Tally``."""


def _scope_no(*, key: bool = False) -> Column[int]:
    return Column("scope_no", BigInteger, primary_key=key, nullable=False, autoincrement=False)


def _created_at() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def _state() -> tuple[Column[str], Column[str]]:
    return Column("state", Text, nullable=False, server_default="pending"), Column("reason", Text)


def _pending(table: str) -> Index:
    return Index(f"{table}_pending", "created_at", postgresql_where=text("state = 'pending'"))


scope = Table(
    "scope",
    ATTACHMENTS,
    Column("no", BigInteger, Identity(), primary_key=True),
    Column("application_id", Text, nullable=False, unique=True),
    Column("unit_id", Text, nullable=False),
    Column("district_code", Text),
    Column("authority_code", Text),
    Column("state", Text, nullable=False, server_default="open"),
    Column("sealed_attempt", Integer, nullable=False, server_default="0"),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

undone_seal = Table(
    "undone_seal",
    ATTACHMENTS,
    Column("application_id", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
)

counter = Table(
    "scope_counter",
    ATTACHMENTS,
    _scope_no(key=True),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("documents", JSONB, nullable=False, server_default="{}"),
)

tally_count = Table(
    "tally_count",
    ATTACHMENTS,
    _scope_no(key=True),
    *(Column(name, SmallInteger, primary_key=True, autoincrement=False) for name in TALLY_COLUMNS),
    Column("cylinders", Integer, nullable=False),
)

cylinder = Table(
    "cylinder",
    ATTACHMENTS,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _scope_no(),
    Column("serial_no", Text, nullable=False),
    Column("unit_serial_no", Text, nullable=False),
    *(Column(name, SmallInteger, nullable=False, server_default="0") for name in TALLY_COLUMNS),
    Index("cylinder_tally", "scope_no", *TALLY_COLUMNS, "id"),
)

upload = Table(
    "upload",
    ATTACHMENTS,
    Column("upload_id", Text, primary_key=True),
    _scope_no(),
    Column("file_name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("used_by", Uuid),
    _created_at(),
    Index("upload_created", "created_at"),
)

photo = Table(
    "photo",
    ATTACHMENTS,
    Column("id", Uuid, primary_key=True),
    _scope_no(),
    Column("upload_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    *_state(),
    Column("sha256", Text),
    Column("perceptual_hash", Text),
    Column("width", Integer),
    Column("height", Integer),
    _created_at(),
    _pending("photo"),
)

photo_cylinder = Table(
    "photo_cylinder",
    ATTACHMENTS,
    _scope_no(key=True),
    Column("cylinder_id", BigInteger, primary_key=True, autoincrement=False),
    Column("photo_id", Uuid, primary_key=True),
    Index("photo_cylinder_photo", "photo_id"),
)

document = Table(
    "document",
    ATTACHMENTS,
    Column("id", Uuid, primary_key=True),
    _scope_no(),
    Column("upload_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    *_state(),
    Column("object_key", Text),
    Column("sha256", Text),
    _created_at(),
    Index("document_scope", "scope_no", "created_at", "id"),
    _pending("document"),
)

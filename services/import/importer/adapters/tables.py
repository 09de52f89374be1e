"""The tables of the import service. What they mean is said here; how they came to be, in the migrations."""

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
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

IMPORTER = MetaData()

ROW_BITS = 21
"""A cylinder's id is the number of its import, shifted, plus the number of its row in the sheet (at most 2^20)."""


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _at(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


scope = Table(
    "scope",
    IMPORTER,
    Column("no", BigInteger, Identity(), primary_key=True),
    Column("application_id", Text, nullable=False, unique=True),
    Column("unit_id", Text, nullable=False),
    Column("application_no", Text, nullable=False),
    Column("registration_reason", Text, nullable=False),
    Column("variety_group", Text),
    Column("district_code", Text),
    Column("authority_code", Text),
    Column("authority_name", Text, nullable=False, server_default=""),
    Column("authority_phone", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="open"),
    _count("sealed_attempt"),
    _count("undone_attempt"),
    Column("release_wanted", Boolean, nullable=False, server_default="false"),
    Column("certificate_number", Text),
    _at("opened_at"),
    Index("scope_release", "no", postgresql_where=text("release_wanted")),
    Index("scope_unnamed", "no", postgresql_where=text("authority_name = '' and district_code is not null")),
    comment="What this service knows of an application, and whether its cylinders may still change",
)

counter = Table(
    "scope_counter",
    IMPORTER,
    Column("scope_no", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("announced", BigInteger, nullable=False, server_default="0"),
    _count("cylinders"),
    _count("complete"),
    _count("refused"),
    _count("custody"),
    _count("assessment"),
    comment="Counts of an application's cylinders, those refused or released too; written last in each change",
)

template = Table(
    "template",
    IMPORTER,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("object_key", Text, nullable=False),
    _at("written_at"),
    comment="Where the workbook that a unit fills in lies: one row",
)

upload = Table(
    "upload",
    IMPORTER,
    Column("upload_id", Text, primary_key=True),
    Column("scope_no", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    _at("created_at"),
    Index("upload_created", "created_at"),
    comment="Tickets to upload a workbook",
)

import_run = Table(
    "import_run",
    IMPORTER,
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(), nullable=False, unique=True),
    Column("scope_no", BigInteger, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("district_code", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("object_key", Text, nullable=False),
    Column("sha256", Text),
    Column("account_id", Text, nullable=False),
    _count("read"),
    _count("imported"),
    _count("failed"),
    _count("already"),
    _count("warned"),
    Column("codes", JSONB, nullable=False, server_default="{}"),
    Column("fault", JSONB),
    Column("error_key", Text),
    _count("updated"),
    _count("updatable"),
    Column("source_id", Uuid),
    Column("facts", JSONB, nullable=False, server_default="{}"),
    _at("created_at"),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Index("import_run_scope", "scope_no", "seq"),
    Index("import_run_open", "scope_no", postgresql_where=text("state in ('queued', 'running')")),
    comment="Imports of workbooks, with what became of them",
)

progress = Table(
    "import_progress",
    IMPORTER,
    Column("import_id", Uuid, primary_key=True),
    _count("total"),
    _count("read"),
    _count("checked"),
    _count("inserted"),
    _count("failed"),
    _at("updated_at"),
    comment="How far a running import is, written by a connection of its own",
)

import_row = Table(
    "import_row",
    IMPORTER,
    Column("import_id", Uuid, primary_key=True),
    Column("row_no", Integer, primary_key=True, autoincrement=False),
    Column("origin_row", Integer),
    Column("already", Boolean, nullable=False),
    Column("codes", ARRAY(Text), nullable=False),
    Column("columns", ARRAY(Text), nullable=False),
    Column("messages", ARRAY(Text), nullable=False),
    Column("values", ARRAY(Text), nullable=False),
    Column("differs", Boolean, nullable=False, server_default="false"),
    comment="Rows that were not imported, with all their codes and the cells as typed",
)

cylinder_list = Table(
    "cylinder_list",
    IMPORTER,
    Column("id", Uuid, primary_key=True),
    Column("scope_no", BigInteger, nullable=False),
    Column("chosen", JSONB, nullable=False),
    Column("object_key", Text),
    _count("rows"),
    _at("created_at"),
    Index("cylinder_list_created", "created_at"),
    comment="Lists of cylinders that were asked for (导出清单), each a workbook in storage for a day",
)

CYLINDER_COLUMNS: tuple[Column[object], ...] = (
    Column("variety_code", Text, nullable=False),
    Column("product_name", Text, nullable=False),
    Column("model", Text),
    Column("medium_code", Text, nullable=False),
    Column("manufacturer_name", Text, nullable=False),
    Column("manufacturer_licence_no", Text),
    Column("manufacture_ym", Text, nullable=False),
    Column("serial_no", Text, nullable=False),
    Column("unit_serial_no", Text, nullable=False),
    Column("hollow_code", Text),
    Column("qr_url", Text, nullable=False),
    Column("rfid_no", Text),
    Column("nominal_pressure_mpa", Numeric(5, 2), nullable=False),
    Column("test_pressure_mpa", Numeric(6, 2)),
    Column("volume_l", Numeric(7, 2), nullable=False),
    Column("wall_thickness_mm", Numeric(5, 2)),
    Column("material", Text),
    Column("product_standard", Text),
    Column("design_life_years", Integer, nullable=False),
    Column("supervision_cert_no", Text, nullable=False),
    Column("supervision_body", Text),
    Column("last_inspection_date", Date),
    Column("next_inspection_date", Text, nullable=False),
    Column("ownership", Text, nullable=False),
    Column("warnings", ARRAY(Text), nullable=False),
)
"""The columns of the template as stored (months YYYY-MM, the next inspection YYYY-MM or YYYY-MM-DD), and warnings."""

cylinder = Table(
    "cylinder",
    IMPORTER,
    Column("scope_no", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("unit_key", BigInteger, nullable=False),
    Column("live", Boolean, nullable=False, server_default="true"),
    Column("refused", Boolean, nullable=False, server_default="false"),
    Column("identity_digest", Uuid, nullable=False),
    Column("normaliser_version", SmallInteger, nullable=False, server_default="1"),
    *CYLINDER_COLUMNS,
    Column("stamps", SmallInteger, nullable=False, server_default="0"),
    Column("supervision_certs", SmallInteger, nullable=False, server_default="0"),
    Column("complete", Boolean, nullable=False, server_default="false"),
    # The registry: what is live holds its identity and marks. These indexes decide, never a question before.
    Index("cylinder_identity", "identity_digest", unique=True, postgresql_where=text("live")),
    Index("cylinder_qr_url", "qr_url", unique=True, postgresql_where=text("live")),
    Index(
        "cylinder_hollow_code",
        "hollow_code",
        unique=True,
        postgresql_where=text("live and hollow_code is not null"),
    ),
    Index("cylinder_rfid_no", "rfid_no", unique=True, postgresql_where=text("live and rfid_no is not null")),
    Index("cylinder_unit_serial", "unit_key", "unit_serial_no", postgresql_where=text("live")),
    Index("cylinder_serial", "scope_no", text('serial_no collate "C"'), "id"),
    Index("cylinder_own_serial", "scope_no", text('unit_serial_no collate "C"')),
    Index("cylinder_without_photos", "scope_no", "id", postgresql_where=text("not complete")),
    Index("cylinder_with_photos", "scope_no", "id", postgresql_where=text("complete")),
    comment="Cylinders of applications; unit_key is a hash of the unit's id, for warnings about its own numbers",
)

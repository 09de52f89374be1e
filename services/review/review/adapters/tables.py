"""The tables of the review service. What they mean is said here; how they came to be, in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

REVIEW = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _number(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _at(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


application = Table(
    "application",
    REVIEW,
    _text("id", key=True),
    Column("seq", BigInteger, Identity(), nullable=False, unique=True),
    _text("application_no"),
    _text("category"),
    _text("registration_reason"),
    Column("chosen_group", Text),
    Column("variety_group", Text),
    _text("state"),
    Column("version", Integer, nullable=False),
    _text("unit_id"),
    _text("unit_name"),
    Column("district_code", Text),
    Column("authority_code", Text),
    _count("attempt"),
    _count("cylinders"),
    Column("form", JSONB),
    Column("rule_set", Text),
    _now("created_at"),
    _at("submitted_at"),
    _at("clock_started_at"),
    _at("deadline"),
    Column("refused", JSONB),
    _count("refused_count"),
    Column("reject_reason_code", Text),
    Column("certificate_id", Text),
    Column("certificate_number", Text),
    Column("moved_by", JSONB),
    comment="Applications; form is frozen at the submission, deadline is the exclusive end of the running clock",
)

number_counter = Table(
    "number_counter",
    REVIEW,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
    comment="The last number given to an application on a day",
)

submission = Table(
    "submission",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _text("step"),
    _text("actor_id"),
    _text("actor_role"),
    _text("operation"),
    Column("form", JSONB, nullable=False),
    Column("cylinders_version", BigInteger),
    Column("count", Integer),
    Column("cylinders_snapshot", JSONB),
    Column("photos_snapshot", JSONB),
    _now("created_at"),
    _now("touched_at"),
    comment="Attempts to submit: begun, submitted, undoing, undone; with the snapshots that came of them",
)

review_progress = Table(
    "review_progress",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    Column("page_size", Integer, nullable=False),
    _count("cylinders"),
    _count("photos"),
    _count("pages"),
    _count("seen"),
    _count("wrong"),
    _now("prepared_at"),
    _at("completed_at"),
    Column("completed_by", Text),
    comment="Counts of a photo review; the row is there as soon as its pages are prepared",
)

review_cylinder = Table(
    "review_cylinder",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _number("position"),
    _text("cylinder_id"),
    Column("row", Integer, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("warnings", ARRAY(Text), nullable=False),
    comment="The page plan: cylinders in import order, positions from 0",
)

review_photo = Table(
    "review_photo",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _number("position"),
    _text("photo_id", key=True),
    _text("kind"),
    comment="Photos below each cylinder of the page plan",
)

page = Table(
    "page",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _number("number"),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("seen_by", Text),
    _at("seen_at"),
    comment="Pages that were saved or are being saved; version counts saves, beginning at 1",
)

page_opened = Table(
    "page_opened",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _number("number"),
    _text("officer_id", key=True),
    _now("opened_at"),
    comment="Who has opened which page and may save it",
)

verdict = Table(
    "verdict",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _number("position"),
    _text("photo_id", key=True),
    Column("number", Integer, nullable=False),
    Column("reason_code", Text),
    Column("note", Text, nullable=False, server_default=""),
    _text("officer_id"),
    _now("judged_at"),
    comment="Verdicts of photos below cylinders; no reason means correct",
)

participant = Table(
    "participant",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _text("step", key=True),
    _text("officer_id", key=True),
    comment="Who worked on which step: saving pages is part of acceptance",
)

decision = Table(
    "decision",
    REVIEW,
    _text("application_id", key=True),
    _number("attempt"),
    _text("step", key=True),
    _text("outcome"),
    _text("opinion"),
    Column("reason_code", Text),
    Column("note", Text, nullable=False, server_default=""),
    _text("officer_id"),
    _text("operation"),
    _now("decided_at"),
    comment="Decisions of the bureau, one for each step of a submission",
)

issue = Table(
    "issue",
    REVIEW,
    _text("application_id", key=True),
    _text("certificate_id"),
    _text("officer_id"),
    _now("begun_at"),
    _now("touched_at"),
    _at("created_at"),
    Column("number", Text),
    comment="Certificates that were asked for; created_at says when the certificate service answered",
)

timeline_entry = Table(
    "timeline_entry",
    REVIEW,
    Column("seq", BigInteger, Identity(), primary_key=True),
    _text("application_id"),
    _now("at"),
    _text("action"),
    _text("text"),
    Column("by", Text, nullable=False, server_default=""),
    Column("opinion", Text, nullable=False, server_default=""),
    Column("reason_code", Text),
    comment="What happened to an application, for people",
)

calendar_override = Table(
    "calendar_override",
    REVIEW,
    Column("day", Date, primary_key=True),
    Column("working", Boolean, nullable=False),
    _text("reason"),
    comment="Working days that the bureau knows better than the library",
)

"""The page plan is copied in from both snapshots, some rows at a time, and joined by the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
from psycopg import Connection
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from contracts.bulk import CYLINDER_SNAPSHOT
from review.adapters.tables import review_cylinder, review_photo, review_progress

AT_ONCE = 5_000
_APART = frozenset({"cylinder_id", "row", "warnings"})
DATA = tuple(name for name in CYLINDER_SNAPSHOT if name not in _APART)
"""Columns that a page shows as data of a cylinder."""
_PHOTOS = ("photo_id", "cylinder_id", "kind")
_COPY_CYLINDERS = (
    'copy review_cylinder (application_id, attempt, position, cylinder_id, "row", data, warnings) from stdin'
)
_STAGE = "create temporary table photo_row (photo_id text, cylinder_id text, kind text) on commit drop"
_COPY_PHOTOS = "copy photo_row (photo_id, cylinder_id, kind) from stdin"
_JOIN = text("""
insert into review_photo (application_id, attempt, position, photo_id, kind)
select c.application_id, c.attempt, c.position, p.photo_id, p.kind
from photo_row p join review_cylinder c using (cylinder_id)
where c.application_id = :application_id and c.attempt = :attempt
""")


class Files(NamedTuple):
    """The two snapshots of a submission as local Parquet files."""

    cylinders: Path
    photos: Path


class Counts(NamedTuple):
    """Rows of the plan."""

    cylinders: int
    photos: int


def write(
    session: Session, application_id: str, attempt: int, files: Files, check: Callable[[], None]
) -> Counts:
    """Writes the whole plan in the open transaction. ``check`` raises when the work is to stop.

    Raises ``ValueError`` when a photo belongs to no cylinder of the plan.
    """
    for table in (review_cylinder, review_photo, review_progress):
        mine = (table.c.application_id == application_id) & (table.c.attempt == attempt)
        session.execute(delete(table).where(mine))
    connection = _driver(session)
    rows = _cylinders(files.cylinders, application_id, attempt, check)
    cylinders = _copy(connection, _COPY_CYLINDERS, rows)
    connection.execute(_STAGE)
    photos = _copy(connection, _COPY_PHOTOS, _photos(files.photos, check))
    connection.execute("analyze photo_row")
    # Statistics know nothing of rows that were copied in a moment ago: a nested loop would be chosen for "one row".
    connection.execute("set local enable_nestloop = off")
    found = session.connection().execute(_JOIN, {"application_id": application_id, "attempt": attempt})
    if found.rowcount != photos:
        raise ValueError(f"{photos} photos in the snapshot, {found.rowcount} of them below a cylinder")
    return Counts(cylinders, photos)


def _driver(session: Session) -> Connection[Any]:
    """The psycopg connection below the session, for COPY."""
    driver: Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]  # is psycopg's
    return driver


def _copy(connection: Connection[Any], statement: str, rows: Iterator[tuple[Any, ...]]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _batches(path: Path, columns: tuple[str, ...], check: Callable[[], None]) -> Iterator[list[Any]]:
    """Columns as lists of Python values, a batch at a time: memory does not grow with the file."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=list(columns)):
            check()
            yield [batch.column(name).to_pylist() for name in columns]


def _cylinders(
    path: Path, application_id: str, attempt: int, check: Callable[[], None]
) -> Iterator[tuple[Any, ...]]:
    position = 0
    for columns in _batches(path, ("cylinder_id", "row", "warnings", *DATA), check):
        for cylinder_id, row, warnings, *values in zip(*columns, strict=True):
            data = json.dumps(dict(zip(DATA, values, strict=True)), ensure_ascii=False)
            yield application_id, attempt, position, cylinder_id, row, data, list(warnings or ())
            position += 1


def _photos(path: Path, check: Callable[[], None]) -> Iterator[tuple[Any, ...]]:
    for columns in _batches(path, _PHOTOS, check):
        yield from zip(*columns, strict=True)

"""Districts and authorities as their tables say, read again every few seconds: a changed row soon counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chassis.database import Database
from identity import seeds
from identity.authorities import Directory
from identity.seeds import Authority, District, Period
from identity.tables import authority, district

FRESH_S = 5.0

DirectorySource = Callable[[], Directory]
"""Gives the directory of now."""


class CachedDirectory:
    """A directory that is at most ``fresh_s`` seconds old."""

    def __init__(self, database: Database, fresh_s: float = FRESH_S) -> None:
        self._database = database
        self._fresh_s = fresh_s
        self._known: tuple[float, Directory] | None = None

    def __call__(self) -> Directory:
        """The directory; read from the tables when the known one is too old."""
        if self._known and time.monotonic() - self._known[0] < self._fresh_s:
            return self._known[1]
        with self._database.reading() as session:
            directory = read_directory(session)
        self._known = (time.monotonic(), directory)
        return directory


def read_directory(session: Session) -> Directory:
    """All rows, whatever their dates, in the order in which they were entered."""
    districts = session.execute(select(district).order_by(district.c.no)).mappings()
    authorities = session.execute(select(authority).order_by(authority.c.no)).mappings()
    return Directory([_district(row) for row in districts], [_authority(row) for row in authorities])


def load_seeds(session: Session) -> bool:
    """Fills the two tables with the rows as shipped, each only when it is empty. Whether something was added."""
    rows = {
        district: [_row(each) | {"successors": list(each.successors)} for each in seeds.districts()],
        authority: [_row(each) for each in seeds.authorities()],
    }
    empty = [table for table in rows if session.execute(select(table.c.no).limit(1)).first() is None]
    for table in empty:
        session.execute(insert(table), rows[table])
    return bool(empty)


def _row(entry: District | Authority) -> dict[str, Any]:
    columns = {name: getattr(entry, name) for name in entry.__slots__ if name != "period"}
    return columns | {"valid_from": entry.period.first, "valid_to": entry.period.last}


def _period(row: Any) -> Period:
    return Period(row["valid_from"], row["valid_to"])


def _district(row: Any) -> District:
    names = ("code", "name", "pinyin", "kind")
    return District(
        **{name: row[name] for name in names}, period=_period(row), successors=tuple(row["successors"])
    )


def _authority(row: Any) -> Authority:
    names = ("code", "name", "district_code", "cert_code", "phone", "pilot", "level", "sample")
    return Authority(**{name: row[name] for name in names}, period=_period(row))

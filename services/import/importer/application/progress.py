"""How far an import is: written twice a second by a connection of its own, beside the transaction of the import."""

from __future__ import annotations

import threading
from typing import Self
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from chassis.database import Database
from importer.adapters.tables import import_run, progress

EVERY_S = 0.5
log = structlog.get_logger("importer.progress")


class ImportCancelledError(Exception):
    """The import was cancelled: nothing of it may stay."""


class Reporter:
    """Counts what is done and tells it; learns by the way whether the import was cancelled."""

    def __init__(self, database: Database, import_id: UUID, total: int = 0) -> None:
        self._database = database
        self._import_id = import_id
        self._counts = {"total": total, "read": 0, "checked": 0, "inserted": 0, "failed": 0}
        self._cancelled = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell_again, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._tell()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._tell()

    def add(self, **counts: int) -> None:
        """More rows of each kind; never more read than there are in all."""
        for name, count in counts.items():
            self._counts[name] += count
        self._counts["total"] = max(self._counts["total"], self._counts["read"])

    def check(self) -> None:
        """Raises ImportCancelledError when somebody cancelled the import."""
        if self._cancelled:
            raise ImportCancelledError

    def _tell_again(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._tell()

    def _tell(self) -> None:
        row = {"import_id": self._import_id, **self._counts}
        write = insert(progress).values(**row)
        again = write.on_conflict_do_update(
            index_elements=["import_id"], set_={**self._counts, "updated_at": func.now()}
        )
        state = select(import_run.c.state).where(import_run.c.id == self._import_id)
        try:
            with self._database.engine.begin() as connection:
                connection.execute(again)
                self._cancelled = connection.execute(state).scalar() == "cancelled"
        except SQLAlchemyError as fault:
            log.warning("progress not written", fault=str(fault)[:200])

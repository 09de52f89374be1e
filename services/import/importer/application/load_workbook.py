"""One workbook into the database, in one transaction: read, check, copy, insert, name what collides."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from importer.adapters import naming
from importer.adapters.prefetch import Prefetched
from importer.adapters.spill import Spill
from importer.adapters.staging import Cursor, Staging, Target
from importer.adapters.workbook_reader import Workbook
from importer.application.progress import Reporter
from importer.domain.collisions import Collisions
from importer.domain.outcome import CheckedBatch
from importer.domain.rules.rule_set import RuleSet

_PATIENCE = text(
    "select set_config('lock_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '10min', true)"
)
_TRIES = 3  # a row whose holder is released in this moment is tried again
_STORED = text("""
select count(*) as imported, count(*) filter (where warnings <> '{}') as warned,
       count(*) filter (where warnings @> '{W12}') as w12, count(*) filter (where warnings @> '{W27}') as custody,
       count(*) filter (where warnings @> '{W22}') as assessment
from cylinder where scope_no = :scope_no and id between :first_id and :last_id
""")
_REFUSED = text("""
select count(*) filter (where not already) as failed, count(*) filter (where already) as already,
       count(*) filter (where codes @> '{W12}') as w12
from import_row where import_id = :import_id
""")


class RowsUnnamedError(Exception):
    """Rows were refused by an index and nobody holds them: the import is done again."""


@dataclass(frozen=True)
class Loaded:
    """What became of the rows of a workbook. ``custody`` and ``assessment`` count cylinders that need a document."""

    read: int
    imported: int
    failed: int
    already: int
    warned: int
    custody: int
    assessment: int
    codes: dict[str, int]


@dataclass(frozen=True)
class Loading:
    """One import under way. ``pulse`` is called between batches and raises when the work is to stop."""

    import_id: UUID
    target: Target
    rules: RuleSet
    collisions: Collisions
    report: Reporter
    pulse: Callable[[], None]


def load(session: Session, workbook: Workbook, loading: Loading) -> Loaded:
    """Everything of a workbook in the transaction of ``session``. Raises FileFault, or whatever ``pulse`` raises."""
    session.execute(_PATIENCE)
    cursor = _cursor(session)
    staging = Staging(cursor, loading.target)
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        spill = Spill(Path(folder))
        codes = _stage(staging, workbook, loading, spill)
        _name(cursor, staging, loading)
        for rows in spill.rows(naming.collided_rows(cursor)):
            naming.add_collided(cursor, loading.rules.explain(rows))
    codes += naming.keep_rows(cursor, loading.import_id)
    return _loaded(session, workbook, loading, codes)


def _cursor(session: Session) -> Cursor:
    cursor: Any = session.connection().connection.cursor()
    if not isinstance(cursor, psycopg.Cursor):
        raise TypeError("binary COPY needs psycopg")
    return cursor


def _stage(staging: Staging, workbook: Workbook, loading: Loading, spill: Spill) -> Counter[str]:
    """PostgreSQL inserts a batch while a thread checks the next and the reading process reads the one after."""
    codes: Counter[str] = Counter()
    with Prefetched(_checked(workbook, loading, spill)) as batches:
        for checked in batches:
            loading.pulse()
            inserted = staging.add(checked.ok, checked.failed)
            refused = checked.failed.height + checked.ok.height - inserted
            loading.report.add(inserted=inserted, failed=refused)
            codes += checked.codes
    return codes


def _checked(workbook: Workbook, loading: Loading, spill: Spill) -> Iterator[CheckedBatch]:
    for batch in workbook.batches():
        loading.report.add(read=batch.height)
        spill.add(batch)
        checked = loading.rules.check(batch)
        loading.report.add(checked=batch.height)
        yield checked


def _name(cursor: Cursor, staging: Staging, loading: Loading) -> None:
    texts = naming.Texts(loading.collisions.of_holder, loading.collisions.of_code)
    for _ in range(_TRIES):
        unnamed = naming.name_holders(cursor, loading.target, texts)
        if not unnamed:
            return
        loading.report.add(inserted=staging.again(unnamed))
    raise RowsUnnamedError


def _loaded(session: Session, workbook: Workbook, loading: Loading, codes: Counter[str]) -> Loaded:
    target = loading.target
    ids = {"scope_no": target.scope_no, "first_id": target.first_id, "last_id": target.last_id}
    stored = session.execute(_STORED, ids).mappings().one()
    refused = session.execute(_REFUSED, {"import_id": loading.import_id}).mappings().one()
    if stored["imported"] + refused["failed"] + refused["already"] != workbook.rows:
        raise RowsUnnamedError(f"{workbook.rows} rows read, {dict(stored)} stored, {dict(refused)} refused")
    codes += workbook.codes
    codes["W12"] = stored["w12"] + refused["w12"]
    return Loaded(read=workbook.rows, **_without(stored), **_without(refused), codes=dict(+codes))


def _without(counts: RowMapping) -> dict[str, int]:
    return {name: count for name, count in counts.items() if name != "w12"}

"""One workbook into the database, in one transaction: read, check, copy, insert, name what collides."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from importer.adapters import naming
from importer.adapters.prefetch import Prefetched
from importer.adapters.revising import revise
from importer.adapters.spill import Spill
from importer.adapters.staging import Cursor, Staging, Target
from importer.adapters.workbook_reader import Workbook
from importer.application.progress import Reporter
from importer.domain.collisions import Collisions
from importer.domain.facts import FactCounts
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
       count(*) filter (where differs) as updatable, count(*) filter (where codes @> '{W12}') as w12
from import_row where import_id = :import_id
""")
_REVISED = text("""
select count(*) as imported, count(*) filter (where after <> '{}') as warned,
       count(*) filter (where after @> '{W12}') as w12,
       coalesce(sum((after @> '{W27}')::integer - (before @> '{W27}')::integer), 0) as custody,
       coalesce(sum((after @> '{W22}')::integer - (before @> '{W22}')::integer), 0) as assessment
from revised
""")


class RowsUnnamedError(Exception):
    """Rows were refused by an index and nobody holds them: the import is done again."""


@dataclass(frozen=True)
class Loaded:
    """What became of the rows of a workbook. ``updated`` of ``imported`` corrected cylinders that were here.

    ``updatable`` of ``already`` differ from what is here. ``custody`` and ``assessment``: how many more cylinders need
    a document than before.
    """

    read: int
    imported: int
    failed: int
    already: int
    warned: int
    updated: int
    updatable: int
    custody: int
    assessment: int
    codes: dict[str, int]
    facts: dict[str, Any]


@dataclass(frozen=True)
class Loading:
    """One import under way. ``pulse`` is called between batches and raises when the work is to stop.

    ``only``: the rows to be taken (用本文件更新); None: all of them.
    """

    import_id: UUID
    target: Target
    rules: RuleSet
    collisions: Collisions
    report: Reporter
    pulse: Callable[[], None]
    only: pl.Series | None = None


def load(session: Session, workbook: Workbook, loading: Loading) -> Loaded:
    """Everything of a workbook in the transaction of ``session``. Raises FileFault, or whatever ``pulse`` raises."""
    session.execute(_PATIENCE)
    cursor = _cursor(session)
    staging = Staging(cursor, loading.target)
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        spill = Spill(Path(folder))
        staged = _Staged(Counter(), FactCounts())
        _stage(staging, workbook, loading, spill, staged)
        revise(cursor, loading.target)
        _name(cursor, staging, loading)
        for rows in spill.rows(naming.collided_rows(cursor)):
            naming.add_collided(cursor, loading.rules.explain(rows))
    staged.codes += naming.keep_rows(cursor, loading.import_id)
    return _loaded(session, workbook, loading, staged)


def _cursor(session: Session) -> Cursor:
    cursor: Any = session.connection().connection.cursor()
    if not isinstance(cursor, psycopg.Cursor):
        raise TypeError("binary COPY needs psycopg")
    return cursor


@dataclass
class _Staged:
    codes: Counter[str]
    facts: FactCounts
    rows: int = 0


def _stage(staging: Staging, workbook: Workbook, loading: Loading, spill: Spill, staged: _Staged) -> None:
    """PostgreSQL inserts a batch while a thread checks the next and the reading process reads the one after."""
    with Prefetched(_checked(workbook, loading, spill, staged)) as batches:
        for checked in batches:
            loading.pulse()
            inserted = staging.add(checked.ok, checked.failed)
            refused = checked.failed.height + checked.ok.height - inserted
            loading.report.add(inserted=inserted, failed=refused)
            staged.codes += checked.codes


def _checked(workbook: Workbook, loading: Loading, spill: Spill, staged: _Staged) -> Iterator[CheckedBatch]:
    for every in workbook.batches():
        batch = (
            every if loading.only is None else every.filter(pl.col("row_no").is_in(loading.only.implode()))
        )
        if batch.is_empty():
            continue
        staged.rows += batch.height
        loading.report.add(read=batch.height)
        spill.add(batch)
        checked = loading.rules.check(batch)
        staged.facts.add(checked.ok)
        loading.report.add(checked=batch.height)
        yield checked


def _name(cursor: Cursor, staging: Staging, loading: Loading) -> None:
    texts = naming.Texts(loading.collisions.of_holder, loading.collisions.of_code)
    for _ in range(_TRIES):
        unnamed = naming.name_holders(cursor, loading.target, texts)
        if not unnamed:
            return
        loading.report.add(inserted=staging.again(unnamed))
        revise(cursor, loading.target)
    raise RowsUnnamedError


def _loaded(session: Session, workbook: Workbook, loading: Loading, staged: _Staged) -> Loaded:
    target, codes = loading.target, staged.codes
    ids = {"scope_no": target.scope_no, "first_id": target.first_id, "last_id": target.last_id}
    stored = session.execute(_STORED, ids).mappings().one()
    refused = session.execute(_REFUSED, {"import_id": loading.import_id}).mappings().one()
    revised = session.execute(_REVISED).mappings().one()
    taken = {name: stored[name] + revised[name] for name in stored}
    if taken["imported"] + refused["failed"] + refused["already"] != staged.rows:
        raise RowsUnnamedError(f"{staged.rows} rows read, {taken} stored, {dict(refused)} refused")
    codes += workbook.codes
    codes["W12"] = taken.pop("w12") + refused["w12"]
    return Loaded(
        read=staged.rows,
        updated=revised["imported"],
        codes=dict(+codes),
        facts=staged.facts.told(),
        **taken,
        **{name: refused[name] for name in ("failed", "already", "updatable")},
    )

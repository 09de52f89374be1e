"""Loading batches into PostgreSQL: binary COPY into temporary tables, then one statement for a whole batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql

from importer.adapters.tables import CYLINDER_COLUMNS, ROW_BITS

Cursor = psycopg.Cursor[Any]

STORED = tuple(column.name for column in CYLINDER_COLUMNS)
_NAMES = sql.SQL(", ").join(map(sql.Identifier, STORED))
_PREPARE = sql.SQL("""
create temporary table part on commit drop as
    select 0 as row_no, null::integer as origin_row, null::bigint as system_no, identity_digest, {names}
    from cylinder limit 0;
create temporary table collided (like part) on commit drop;
create temporary table revision (like part, primary key (system_no)) on commit drop;
create temporary table revised (id bigint primary key, before text[] not null, after text[] not null) on commit drop;
create temporary table revised_before (id bigint not null, warnings text[] not null) on commit drop;
create temporary table faulty (
    row_no integer not null, origin_row integer, system_no bigint, identity_digest uuid,
    qr_url text, hollow_code text, rfid_no text,
    errors integer not null, codes text[] not null, columns text[] not null, messages text[] not null,
    "values" text[] not null
) on commit drop;
""").format(names=_NAMES)

_INSERT = sql.SQL("""
with inserted as (
    insert into cylinder (scope_no, id, unit_key, identity_digest, {names})
    select %(scope_no)s, %(first_id)s + p.row_no, hashtextextended(%(unit_id)s, 0), p.identity_digest, {plain},
           case when {used} then p.warnings || 'W12'::text else p.warnings end
    from part p order by p.identity_digest
    on conflict do nothing
    returning id)
insert into collided
select p.* from part p left join inserted i on i.id = %(first_id)s + p.row_no where i.id is null
""")
_USED = sql.SQL("""
not p.warnings @> '{W12}' and exists (
    select from cylinder o
    where o.live and o.unit_key = hashtextextended(%(unit_id)s, 0) and o.unit_serial_no = p.unit_serial_no
      and o.identity_digest <> p.identity_digest)
""")
_AGAIN = """
with gone as (delete from collided where row_no = any(%s) returning *) insert into part select * from gone
"""
_BY_IDENTITY = """
update part p set system_no = c.id
from cylinder c where c.identity_digest = p.identity_digest and c.live and c.scope_no = %(scope_no)s
"""
# A number that is nobody's here, or stood in the file before, says nothing: its row is a new one.
_SET_ASIDE = """
with own as (
    select distinct on (c.id) p.row_no
    from part p join cylinder c on c.scope_no = %(scope_no)s and c.id = p.system_no and c.live
    where not exists (select from revision r where r.system_no = c.id)
    order by c.id, p.row_no),
aside as (delete from part p using own where p.row_no = own.row_no returning p.*)
insert into revision select * from aside
"""
_UNIT_HAS_OTHERS = """
select exists (select from cylinder where live and unit_key = hashtextextended(%s, 0))
"""


def compared(table: str) -> sql.Composed:
    """The columns of the template in a table, for comparing a row with what is stored."""
    return sql.SQL(", ").join(sql.Identifier(table, name) for name in STORED if name != "warnings")


@dataclass(frozen=True)
class Target:
    """Where the rows of an import go."""

    scope_no: int
    unit_id: str
    import_seq: int
    by_identity: bool = False
    """Whether rows correct the cylinder of their identity (用本文件更新), not only that of their 系统编号."""

    @property
    def first_id(self) -> int:
        """The id that row 0 of the sheet would have."""
        return self.import_seq << ROW_BITS

    @property
    def last_id(self) -> int:
        """The id that the last possible row would have."""
        return self.first_id + (1 << ROW_BITS) - 1


class Staging:
    """Stages the batches of one import in the transaction of ``cursor``."""

    def __init__(self, cursor: Cursor, target: Target) -> None:
        self._cursor = cursor
        self._by_identity = target.by_identity
        self._values = {"scope_no": target.scope_no, "unit_id": target.unit_id, "first_id": target.first_id}
        cursor.execute(_PREPARE)
        cursor.execute(_UNIT_HAS_OTHERS, (target.unit_id,))
        row = cursor.fetchone()
        used = _USED if row and row[0] else sql.SQL("false")
        self._insert = _INSERT.format(names=_NAMES, plain=compared("p"), used=used)

    def add(self, ok: pl.DataFrame, failed: pl.DataFrame) -> int:
        """Stores the good rows, keeps the others; the number of rows that the indexes let in or that are set aside.

        Rows go in by the order of their identity, so that two imports rarely wait for each other crosswise. Those
        that correct a cylinder are set aside until all were read (:mod:`importer.adapters.revising`).
        """
        if failed.height:
            copy(self._cursor, "faulty", failed)
        return self._take(ok) if ok.height else 0

    def again(self, row_nos: list[int]) -> int:
        """Tries rows again whose holder went away in the meantime."""
        self._cursor.execute(_AGAIN, (row_nos,))
        return self._move(len(row_nos), numbered=True)

    def _take(self, ok: pl.DataFrame) -> int:
        copy(self._cursor, "part", ok)
        if self._by_identity:
            self._cursor.execute(_BY_IDENTITY, self._values)
        return self._move(ok.height, numbered=self._by_identity or ok["system_no"].null_count() < ok.height)

    def _move(self, height: int, *, numbered: bool) -> int:
        if numbered:
            self._cursor.execute(_SET_ASIDE, self._values)
            self._cursor.execute("update part set system_no = null where system_no is not null")
        self._cursor.execute(self._insert, self._values)
        collided = self._cursor.rowcount
        self._cursor.execute("truncate part")
        return height - collided


def copy(cursor: Cursor, table: str, frame: pl.DataFrame) -> None:
    """Loads a frame into the columns of the same names; exact types, since binary COPY converts nothing."""
    batches = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    encoder = ArrowToPostgresBinaryEncoder(batches.schema)
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table), columns)
    with cursor.copy(statement) as target:
        target.write(encoder.write_header())
        for batch in batches.to_batches():
            target.write(encoder.write_batch(batch))
        target.write(encoder.finish())

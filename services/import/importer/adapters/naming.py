"""Naming what an index refused: who holds the identity or the mark, set by set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from psycopg import sql

from importer.adapters.staging import Cursor, Target, compared, copy
from importer.domain.collisions import Holder

_KEYS = """
create temporary table wanted on commit drop as
    select row_no, system_no, identity_digest, qr_url, hollow_code, rfid_no, '{}'::text[] as codes from collided
    union all
    select row_no, system_no, identity_digest, qr_url, hollow_code, rfid_no, codes from faulty;
create temporary table holder on commit drop as
    select w.row_no, c.scope_no, c.id
    from wanted w join cylinder c on c.identity_digest = w.identity_digest and c.live
    where not w.codes @> '{E09}' and c.id is distinct from w.system_no
"""
_HOLDERS = """
select s.no, s.unit_id, s.application_no, s.authority_name, s.authority_phone, s.certificate_number
from scope s where s.no in (select scope_no from holder)
"""
_HITS = """
create temporary table hit on commit drop as
    select h.row_no, 9 as place, coalesce(t.code, 'E09') as code, 'serial_no' as "column",
           coalesce(t.message, replace(%(e09)s, '{first_row}', (h.id - %(first_id)s)::text)) as message
    from holder h left join holder_text t on t.scope_no = h.scope_no
         and not h.id between %(first_id)s and %(last_id)s
"""
_MARKS = (("E19", "E14", 12, "qr_url"), ("E21", "E20", 11, "hollow_code"), ("E31", "E30", 13, "rfid_no"))
"""Held in the system, held in the file, place and name of the column."""
_MARK_HITS = """
insert into hit
select w.row_no, {place}, '{code}', '{column}', %(message)s
from wanted w join cylinder c on c.{column} = w.{column} and c.live left join holder h on h.row_no = w.row_no
where not w.codes @> '{{{in_file}}}' and c.id is distinct from w.system_no
    and (h.id is null or h.scope_no <> c.scope_no or h.id <> c.id)
"""
_UNNAMED = "select row_no from collided c where not exists (select from hit h where h.row_no = c.row_no)"
_KEEP = """
with told as (
    select row_no, array_agg(code order by place) as codes, array_agg("column" order by place) as columns,
           array_agg(message order by place) as messages
    from hit group by row_no)
insert into import_row (import_id, row_no, origin_row, already, differs, codes, columns, messages, "values")
select %(import_id)s, f.row_no, f.origin_row, f.errors = 0 and t.codes = '{{E29}}' and p.system_no is null,
       f.errors = 0 and t.codes = '{{E29}}' and p.system_no is null and c.id is not null,
       f.codes[:f.errors] || coalesce(t.codes, '{{}}') || f.codes[f.errors + 1:],
       f.columns[:f.errors] || coalesce(t.columns, '{{}}') || f.columns[f.errors + 1:],
       f.messages[:f.errors] || coalesce(t.messages, '{{}}') || f.messages[f.errors + 1:],
       f."values"
from faulty f left join told t on t.row_no = f.row_no left join collided p on p.row_no = f.row_no
     left join holder h on h.row_no = f.row_no and t.codes = '{{E29}}'
     left join cylinder c on c.scope_no = h.scope_no and c.id = h.id and ({of_row}) is distinct from ({of_cylinder})
"""


_KEEP_ROWS = sql.SQL(_KEEP).format(of_row=compared("p"), of_cylinder=compared("c"))


@dataclass(frozen=True)
class Texts:
    """The sentences of a collision: for the holder of an identity (code, text), and for a code of its own."""

    of_holder: Callable[[Holder], tuple[str, str]]
    of_code: Callable[[str], str]


def name_holders(cursor: Cursor, target: Target, texts: Texts) -> list[int]:
    """Finds a code for everything that collided; gives the rows whose holder is gone, to be tried again."""
    cursor.execute("drop table if exists wanted, holder, holder_text, hit")
    cursor.execute(_KEYS)
    cursor.execute(_HOLDERS)
    told = [(holder.scope_no, *texts.of_holder(holder)) for holder in map(Holder._make, cursor.fetchall())]
    cursor.execute(
        "create temporary table holder_text (scope_no bigint, code text, message text) on commit drop"
    )
    cursor.executemany("insert into holder_text values (%s, %s, %s)", told)
    cursor.execute("analyze wanted, holder")
    ids = {"first_id": target.first_id, "last_id": target.last_id}
    cursor.execute(_HITS, {"e09": texts.of_code("E09"), **ids})
    for code, in_file, place, column in _MARKS:
        statement = _MARK_HITS.format(place=place, code=code, column=column, in_file=in_file)
        cursor.execute(statement.encode(), {"message": texts.of_code(code)})
    cursor.execute(_UNNAMED)
    return [row[0] for row in cursor.fetchall()]


def collided_rows(cursor: Cursor) -> pl.Series:
    """The rows that an index refused, in their order."""
    cursor.execute("select row_no from collided order by row_no")
    return pl.Series("row_no", [row[0] for row in cursor.fetchall()], dtype=pl.Int32)


def add_collided(cursor: Cursor, explained: pl.DataFrame) -> None:
    """Puts collided rows beside the faulty ones: their warnings and their cells as typed."""
    copy(cursor, "faulty", explained)


def keep_rows(cursor: Cursor, import_id: UUID) -> Counter[str]:
    """Writes every row that was not imported with all its codes; counts the codes found here."""
    values = {"import_id": import_id}
    cursor.execute(_KEEP_ROWS, values)
    cursor.execute("select code, count(distinct row_no) from hit group by code")
    return Counter(dict(cursor.fetchall()))

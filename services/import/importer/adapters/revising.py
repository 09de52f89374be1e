"""Rows that correct cylinders which are here (系统编号, 用本文件更新): all at once, so that numbers may change places.

All rows let go of their identities and marks first, then take the new ones. A row whose new ones are another's keeps
what it had; it joins the rows that collided, and those of the file that wanted its old ones are looked at again.
"""

from __future__ import annotations

from psycopg import sql
from psycopg.errors import UniqueViolation

from importer.adapters.staging import STORED, Cursor, Target, compared

_ROUNDS = 8
_TOGETHER = 4  # rounds in which numbers may change places; then each row takes only what is free by itself
_KEYS = ("identity_digest", "qr_url", "hollow_code", "rfid_no")

_LOCK = """
select from cylinder where scope_no = %(scope_no)s and id in (select system_no from revision) order by id for update
"""
_UNCHANGED = sql.SQL("""
with same as (
    delete from revision p using cylinder c
    where c.scope_no = %(scope_no)s and c.id = p.system_no and c.identity_digest = p.identity_digest
      and ({of_row}) is not distinct from ({of_cylinder})
    returning p.*)
insert into collided select * from same
""").format(of_row=compared("p"), of_cylinder=compared("c"))
_SAME_IS_NO_FAULT = """
update collided p set system_no = null from cylinder c
where c.scope_no = %(scope_no)s and c.id = p.system_no and c.identity_digest = p.identity_digest
"""
_LET_GO = """
update cylinder set live = false where scope_no = %(scope_no)s and id in (select system_no from revision)
"""
_HELD = sql.SQL(" union ").join(
    sql.SQL(
        "select r.row_no from revision r join cylinder c on c.{key} = r.{key} and c.live and c.id <> r.system_no"
    ).format(key=sql.Identifier(key))
    for key in _KEYS
)
_REFUSE = """
with kept as (delete from revision where row_no = any(%s) returning *) insert into collided select * from kept
"""
_TAKE = sql.SQL("""
update cylinder c set live = true, identity_digest = r.identity_digest, {columns},
       warnings = case when not r.warnings @> '{{W12}}' and exists (
               select from cylinder o where o.live and o.unit_key = c.unit_key and o.id <> c.id
                 and o.unit_serial_no = r.unit_serial_no)
           then r.warnings || 'W12'::text else r.warnings end
from revision r where c.scope_no = %(scope_no)s and c.id = r.system_no
""").format(
    columns=sql.SQL(", ").join(
        sql.SQL("{} = r.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in STORED
        if name != "warnings"
    )
)
_NOTE = """
with before as (delete from revised_before returning *)
insert into revised select b.id, b.warnings, c.warnings
from before b join cylinder c on c.scope_no = %(scope_no)s and c.id = b.id
"""
_NOTE_BEFORE = """
insert into revised_before select id, warnings from cylinder
where scope_no = %(scope_no)s and id in (select system_no from revision)
"""


def revise(cursor: Cursor, target: Target) -> None:
    """Corrects the cylinders of the rows set aside; what could not be corrected stands among the collided rows."""
    cursor.execute("select from revision limit 1")
    if cursor.fetchone() is None:
        return
    values = {"scope_no": target.scope_no}
    cursor.execute("analyze revision")
    cursor.execute(_LOCK, values)
    cursor.execute(_UNCHANGED, values)
    cursor.execute(_SAME_IS_NO_FAULT, values)
    for turn in range(_ROUNDS):
        if _taken(cursor, values, together=turn < _TOGETHER):
            return
    raise UniqueViolation("corrected cylinders collide again and again")


def _taken(cursor: Cursor, values: dict[str, int], *, together: bool) -> bool:
    """One round; whether every row that is left was corrected."""
    cursor.execute("savepoint revising")
    if together:
        cursor.execute(_LET_GO, values)
    cursor.execute(_HELD)
    held = [row[0] for row in cursor.fetchall()]
    if held:
        cursor.execute("rollback to savepoint revising")
        cursor.execute(_REFUSE, (held,))
        return False
    try:
        cursor.execute(_NOTE_BEFORE, values)
        cursor.execute(_TAKE, values)
        cursor.execute(_NOTE, values)
        cursor.execute("truncate revision")
    except UniqueViolation:  # another import took it in this moment
        cursor.execute("rollback to savepoint revising")
        return False
    cursor.execute("release savepoint revising")
    return True

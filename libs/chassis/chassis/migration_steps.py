"""Steps that the migrations of each service share: frozen like migrations, a later version is a new function."""

from __future__ import annotations

from alembic import context, op
from sqlalchemy import MetaData, insert

from chassis.audit import GENESIS
from chassis.tables import CHASSIS, audit_head


def create_chassis_tables() -> None:
    """The chassis tables and the empty head of the audit chain."""
    CHASSIS.create_all(op.get_bind())
    op.execute(insert(audit_head).values(id=1, seq=0, hash=GENESIS))


def add_traceparent() -> None:
    """Databases made before traces travelled; a newer one has the columns already."""
    for table in ("job", "inbox_waiting"):
        op.execute(f"alter table {table} add column if not exists traceparent text not null default ''")


def run_env(metadata: MetaData) -> None:
    """What each service's ``migrations/env.py`` does: run on the connection that ``chassis.migrate`` opened."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=[metadata, CHASSIS])
    with context.begin_transaction():
        context.run_migrations()

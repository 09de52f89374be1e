"""Brings a service's database to the newest version and gives the runtime role what it may do, and no more.

python -m chassis.migrate PACKAGE      with OWNER_DATABASE_URL and DATABASE_URL in the environment
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

ONE_AT_A_TIME = 7_301_001
"""Advisory lock of a database: two deployments that migrate at once wait for each other."""

# Rows of these tables are evidence: the runtime role adds and reads, and never changes.
APPEND_ONLY = ("audit_entry",)


def migrations_of(package: str) -> Path:
    """The folder of a package's migrations: inside the installed package, or beside it in a checkout."""
    inside = Path(str(import_module(package).__file__)).parent
    found = [place for place in (inside / "migrations", inside.parent / "migrations") if place.is_dir()]
    if not found:
        raise FileNotFoundError(f"{package} brings no migrations")
    return found[0]


def migrate(package: str, owner_url: str, runtime_role: str) -> None:
    """Applies what is missing under the owner's role; repeating it changes nothing."""
    engine = create_engine(
        owner_url, connect_args={"connect_timeout": 10, "options": "-c lock_timeout=10000"}
    )
    config = Config()
    config.set_main_option("script_location", str(migrations_of(package)).replace("%", "%%"))
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _grant(connection, runtime_role)
        connection.commit()
    engine.dispose()


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"grant usage on schema public to {quoted}"))
    connection.execute(
        text(f"grant select, insert, update, delete on all tables in schema public to {quoted}")
    )
    connection.execute(text(f"grant usage, select on all sequences in schema public to {quoted}"))
    for table in APPEND_ONLY:
        connection.execute(text(f"revoke update, delete on {table} from {quoted}"))
    connection.execute(text(f"revoke insert, update, delete on alembic_version from {quoted}"))


if __name__ == "__main__":
    runtime = make_url(os.environ["DATABASE_URL"]).username
    migrate(sys.argv[1], os.environ["OWNER_DATABASE_URL"], str(runtime))

"""Databases and roles: one database and two roles for each service; nobody else gets in."""

import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Database:
    """A service's database: ``owner`` migrates and owns it, ``runtime`` owns nothing."""

    name: str
    owner: str
    runtime: str
    owner_password: str = field(repr=False)
    runtime_password: str = field(repr=False)


def url_of(admin_url: str, role: str, password: str, database: str) -> str:
    """The SQLAlchemy URL of this role on the server of ``admin_url``."""
    parts = urllib.parse.urlsplit(admin_url)
    place = f"{parts.hostname}:{parts.port or 5432}"
    return f"postgresql+psycopg://{role}:{password}@{place}/{database}"


def admin_url_of(admin_url: str, database: str) -> str:
    """The superuser's URL for another database of the same server."""
    return urllib.parse.urlsplit(admin_url)._replace(path=f"/{database}").geturl()


def ensure_database(admin_url: str, database: Database) -> None:
    """Create what is missing and set passwords and rights; repeating it changes nothing."""
    with _server(admin_url) as server:
        _ensure_role(server, database.owner, database.owner_password)
        _ensure_role(server, database.runtime, database.runtime_password)
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database.name,)).fetchone():
            server.execute(
                _text("CREATE DATABASE {} OWNER {} TEMPLATE template0", database.name, database.owner)
            )
        server.execute(_text("REVOKE ALL ON DATABASE {} FROM PUBLIC", database.name))
        server.execute(
            _text("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", database.name, database.runtime)
        )
    with _server(admin_url_of(admin_url, database.name)) as inside:
        inside.execute(_text("ALTER SCHEMA public OWNER TO {}", database.owner))
        inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        inside.execute(_text("GRANT USAGE ON SCHEMA public TO {}", database.runtime))


def drop_database(admin_url: str, database: Database) -> None:
    """Remove the database, whoever is connected, and its two roles."""
    with _server(admin_url) as server:
        server.execute(_text("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name))
        for role in (database.runtime, database.owner):
            server.execute(_text("DROP ROLE IF EXISTS {}", role))


def close_common_databases(admin_url: str) -> None:
    """On a server of our own: services have no business in the databases that every cluster has."""
    with _server(admin_url) as server:
        for name in ("postgres", "template1"):
            server.execute(_text("REVOKE ALL ON DATABASE {} FROM PUBLIC", name))


@contextmanager
def _server(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection:
        connection.execute("SET statement_timeout = '60s'")
        yield connection


def _ensure_role(server: psycopg.Connection, role: str, password: str) -> None:
    exists = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER" if exists else "CREATE")
    rights = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD")
    statement = sql.SQL("{} ROLE {} {} {}")
    server.execute(statement.format(verb, sql.Identifier(role), rights, sql.Literal(password)))


def _text(template: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(template).format(*(sql.Identifier(name) for name in names))

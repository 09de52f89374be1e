"""After the way of the user guide databases and bucket agree, and the checker names each thing that does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine
from tests.e2e.checking import wait_for
from tests.e2e.conftest import Walked
from tests.resilience.invariants import BETWEEN, ROWS, broken, look, opened

from local_stack import Stack
from local_stack.layout import REPOSITORY

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

# A message that waits and that no relay takes.
STUCK = """
insert into outbox (message_id, exchange, routing_key, mandatory, headers, body, created_at, not_before, last_error)
values (gen_random_uuid(), '', 'x', false, '{}', '{}', now() - interval '1 hour', now() + interval '1 hour', 'STUCK')
"""
# Which invariant must name it, in whose database, and what is done there. Nothing of it is committed.
PLANTED = {
    "no message waits to be sent": (
        "identity",
        """
        insert into outbox (message_id, exchange, routing_key, mandatory, headers, body, created_at)
        values (gen_random_uuid(), '', 'x', false, '{}', '{}', now() - interval '1 hour')
        """,
    ),
    "no event waits for a predecessor": (
        "review",
        """
        insert into inbox_waiting
            (source, aggregate_id, sequence, type, actor_id, actor_role, request_id, body, came_at)
        values ('importer', 'x:1', 7, 'x', '', '', '', '{}', now() - interval '1 hour')
        """,
    ),
    "no job is held by a worker that is gone": (
        "importer",
        """
        insert into job (id, kind, payload, actor_id, actor_role, request_id, state, lease_until)
        values (gen_random_uuid(), 'x', '{}', '', '', '', 'running', now() - interval '1 hour')
        """,
    ),
    "no job waits for a worker": (
        "attachments",
        """
        insert into job (id, kind, payload, actor_id, actor_role, request_id, created_at)
        values (gen_random_uuid(), 'x', '{}', '', '', '', now() - interval '1 hour')
        """,
    ),
    "no import is running without its job": ("importer", "update import_run set state = 'running'"),
    "no photo is pending without its job": ("attachments", "update photo set state = 'pending'"),
    "no identity is live twice": (
        "importer",
        """
        drop index cylinder_identity;
        update cylinder set identity_digest = (select identity_digest from cylinder where live limit 1)
        """,
    ),
    "one valid certificate for each application": (
        "certificate",
        """
        drop index certificate_valid;
        insert into certificate select (jsonb_populate_record(c, jsonb_build_object(
            'no', c.no + 1000000, 'id', gen_random_uuid(), 'token', c.token || 'x', 'version', c.version + 1))).*
        from certificate c where c.state = 'valid' limit 1
        """,
    ),
    "a certificate lists as many cylinders as it says": (
        "certificate",
        "delete from certificate_cylinder where position = 1",
    ),
    "The audit chains are whole": ("identity", "update audit_entry set actor_id = 'x' where seq = 2"),
    "Every event that was published was taken, and nothing else": (
        "importer",
        "update inbox set last = last - 1",
    ),
    "A certified application has one valid certificate with its number, and all others have none": (
        "review",
        "update application set certificate_number = 'x' where state = 'certified'",
    ),
    "A certificate covers the live cylinders of its application that were not refused": (
        "importer",
        "update cylinder set live = false",
    ),
    "A rejected or withdrawn application holds no identity": (
        "review",
        "update application set state = 'rejected' where state = 'certified'",
    ),
    "Importer and attachments know the same cylinders of each open application": (
        "attachments",
        "delete from cylinder",
    ),
    "The files of certificates are in the bucket, byte for byte": (
        "certificate",
        "update certificate set pdf_sha256 = annex_sha256 where state = 'valid'",
    ),
    "Every usable photo is in the bucket": (
        "attachments",
        "update photo set id = gen_random_uuid() where state = 'ready'",
    ),
    "Every workbook of failed rows that is offered is in the bucket": (
        "importer",
        "update import_run set error_key = 'gone' where error_key is not null",
    ),
}


def test_everything_agrees(system: Stack, walked: Walked) -> None:
    def disagreeing() -> dict[str, list[str]]:
        return {name: faults for name, faults in look(system).items() if faults}

    wait_for("the invariants hold", disagreeing, lambda found: not found, 60)


@contextmanager
def owner_of(system: Stack, service: str) -> Iterator[Engine]:
    """Somebody who may do everything in the service's database."""
    engine = create_engine(system.admin_url(service).replace("postgresql://", "postgresql+psycopg://"))
    try:
        yield engine
    finally:
        engine.dispose()


def command(system: Stack) -> tuple[int, list[str]]:
    """What the operator's command ends with, and its lines."""
    environment = {
        **os.environ,
        "PINGZHENG_RUN": str(system.layout.root),
        "PYTHONPATH": str(REPOSITORY / "deploy" / "local"),
    }
    asked = [sys.executable, "-m", "tests.resilience.invariants"]
    done = subprocess.run(
        asked, check=False, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_operators_command_tells_by_its_lines_and_its_end(system: Stack, walked: Walked) -> None:
    names = list(look(system))
    assert command(system) == (0, [f"ok   {name}" for name in names])
    with owner_of(system, "identity") as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql(STUCK)
        try:
            code, lines = command(system)
        finally:
            with engine.begin() as connection:
                connection.exec_driver_sql("delete from outbox where last_error = 'STUCK'")
    assert code == 1
    assert lines[0] == f"FAIL {names[0]}"
    assert "identity: " in lines[1]
    assert "STUCK" in lines[1]
    assert lines[2:] == [f"ok   {name}" for name in names[1:]]


def test_each_invariant_has_its_fault() -> None:
    assert set(PLANTED) == {name for name, _, _ in ROWS} | {str(check.__doc__) for check in BETWEEN}


@pytest.mark.parametrize("invariant", PLANTED)
def test_what_does_not_agree_is_named(system: Stack, walked: Walked, invariant: str) -> None:
    service, spoil = PLANTED[invariant]
    with owner_of(system, service) as engine, opened(system) as seen, engine.connect() as connection:
        connection.exec_driver_sql("set session_replication_role = replica")  # no triggers, no foreign keys
        connection.exec_driver_sql(spoil)
        spoilt = replace(seen, databases={**seen.databases, service: connection})
        named = {name for name, faults in broken(spoilt) if faults}
        connection.rollback()
    assert invariant in named

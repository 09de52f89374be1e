"""The system as its operator sees it: more workers, down and up again, databases closed to each other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.e2e.checking import wait_for
from tests.e2e.conftest import Walked
from tests.e2e.importing import counts, import_workbook
from tests.e2e.journey import Journey
from tests.e2e.shortcuts import opened, sheet
from tests.e2e.steps_public import by_grpc, download, verification

from local_stack import Stack
from local_stack.databases import url_of
from local_stack.leftovers import find_leftovers
from local_stack.processes import SERVICES
from local_stack.supervisor import ProcessState

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

Make = Callable[..., Journey]
PAIRS = list(permutations(SERVICES, 2))


def test_three_import_workers_run_and_one_of_them_does_the_import(system: Stack, new_journey: Make) -> None:
    system.scale({"import-worker": 3})
    try:
        names = [state.name for state in _import_workers(system, 3)]
        before = {name: _imports_done(system, name) for name in names}
        journey = opened(new_journey())
        state = import_workbook(journey.unit, journey.application_id, sheet(journey))
        assert counts(state) == ("finished", 3, 0, 0)
        done = [_imports_done(system, name) - before[name] for name in names]
        assert sorted(done) == [0, 0, 1], "one of the three has done it"
    finally:
        system.scale({"import-worker": 1})
    assert len(_import_workers(system, 1)) == 1


def test_down_leaves_nothing_behind_and_up_brings_everything_back(
    system: Stack, walked: Walked, new_journey: Make
) -> None:
    assert system.down() == [], "nothing had to be ended by force"
    assert find_leftovers(system.layout) == {}
    assert _with_path(system.layout.root) == []
    system.up()
    journey = walked.journey
    assert journey.unit.get(journey.application)["state"] == "certified"
    for step in (download, verification, by_grpc):
        step(journey)
    after = opened(new_journey())
    assert counts(import_workbook(after.unit, after.application_id, sheet(after))) == ("finished", 3, 0, 0)


@pytest.mark.parametrize(("service", "other"), PAIRS, ids=[f"{one}-{other}" for one, other in PAIRS])
def test_no_role_of_a_service_gets_into_the_database_of_another(
    system: Stack, service: str, other: str
) -> None:
    own, others = system.database(service), system.database(other)
    for role, password in ((own.runtime, own.runtime_password), (own.owner, own.owner_password)):
        url = url_of(system.admin_url(), role, password, others.name).replace("+psycopg", "")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url, connect_timeout=5)


def test_a_runtime_role_owns_nothing_and_changes_no_audit(system: Stack) -> None:
    for service in SERVICES:
        database = system.database(service)
        with psycopg.connect(system.admin_url(service)) as admin:
            owned = admin.execute(
                "select count(*) from pg_class where relowner = %s::regrole", (database.runtime,)
            )
            assert owned.fetchone() == (0,), service
            rights = admin.execute(
                "select privilege_type from information_schema.role_table_grants"
                " where grantee = %s and table_name = 'audit_entry'",
                (database.runtime,),
            )
            assert {right for (right,) in rights} == {"SELECT", "INSERT"}, service


def _import_workers(system: Stack, number: int) -> list[ProcessState]:
    """The lines of `make status` for them, which must say that just so many run."""

    def ask() -> list[ProcessState]:
        return [state for state in system.status() if state.name.startswith("import-worker-")]

    # Supervisor calls a process starting for its first two seconds.
    states = wait_for(
        "import workers run", ask, lambda found: all(each.state == "running" for each in found), 10
    )
    pattern = r"import-worker-{} running pid \d+ uptime \d+:\d\d:\d\d"
    assert len(states) == number
    for index, state in enumerate(states, start=1):
        assert re.fullmatch(pattern.format(index), str(state))
    return states


def _imports_done(system: Stack, name: str) -> int:
    """How many imports this worker has done since it started, by its own /metrics."""
    response = httpx.get(f"http://127.0.0.1:{system.health_port(name)}/metrics", timeout=10, trust_env=False)
    line = r'pingzheng_job_seconds_count\{kind="import",outcome="done"\} ([0-9.]+)'
    found = re.search(line, response.text)
    return int(float(found[1])) if found else 0


def _with_path(root: Path) -> list[str]:
    """Command lines of living processes that name the stack's folder."""
    lines = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # ended meanwhile
        if f"{root}/" in line and int(folder.name) != os.getpid():
            lines.append(line)
    return lines

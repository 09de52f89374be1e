"""A migrated database of the probe, and the probe's processes."""

import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
sys.path.insert(0, str(PROGRAMS))


@pytest.fixture
def probe(service_environment):  # type: ignore[no-untyped-def]  # the fixture's type lives in the root's fixtures
    """The environment of a probe whose database has been migrated."""
    from tests.fixtures.servers import run_migrations

    environment = service_environment("identity")
    run_migrations("chassis_probe", environment)
    return environment

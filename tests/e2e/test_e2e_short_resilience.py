"""A few of the faults of `make resilience`, on the system that the other tests use, too."""

from __future__ import annotations

import pytest
from tests.resilience.cases import CASES, run_case

from local_stack import Stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

SHORT = (
    "kill -9 postgres",
    "kill -9 rabbitmq",
    "freeze minio",
    "kill -9 review",
    "kill -9 relay-review",
)


@pytest.mark.parametrize("name", SHORT)
def test_the_system_recovers_with_nothing_lost_and_nothing_twice(system: Stack, name: str) -> None:
    [case] = [each for each in CASES if each.name == name]
    result = run_case(system, case)
    assert result.faults == []
    assert result.operations > 0

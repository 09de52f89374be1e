"""After the way of the user guide the databases and the bucket agree, and the checker sees it when they do not."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from tests.e2e.checking import wait_for
from tests.e2e.conftest import Walked
from tests.resilience.invariants import broken, look, opened

from local_stack import Stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

# What is changed, in whose database, and which invariant must name it. Nothing of it is committed.
TAMPERED = (
    ("certificate", "update certificate set count = count + 1 where state = 'valid'", "a certificate lists"),
    (
        "certificate",
        "update certificate set pdf_sha256 = 'x' where state = 'valid'",
        "The files of certificates",
    ),
    ("importer", "update inbox set last = last - 1", "Every event that was published"),
    (
        "review",
        "update application set certificate_number = 'x' where state = 'certified'",
        "A certified app",
    ),
    ("attachments", "update photo set id = gen_random_uuid() where state = 'ready'", "Every usable photo"),
    ("importer", "update cylinder set live = false", "A certificate covers"),
)


def test_everything_agrees(system: Stack, walked: Walked) -> None:
    wait_for(
        "the invariants hold",
        lambda: [n for n, found in look(system).items() if found],
        lambda bad: not bad,
        60,
    )


@pytest.mark.parametrize(("service", "statement", "invariant"), TAMPERED)
def test_what_does_not_agree_is_named(
    system: Stack, walked: Walked, service: str, statement: str, invariant: str
) -> None:
    with opened(system) as seen:
        seen.databases[service].execute(text(statement))
        named = [name for name, faults in broken(seen) if faults]
        seen.databases[service].rollback()
    assert any(name.startswith(invariant) for name in named), named

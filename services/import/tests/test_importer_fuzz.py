"""Damaged workbooks: each is read or refused with a sentence, in time, and never ends the worker.

``make fuzz`` runs it for ten minutes (FUZZ_SECONDS) from a seed of its own (FUZZ_SEED); a failure names its seed.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.damage import damaged
from tests.fixtures.workbooks import as_excel

from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.codes import FileFault
from importer.domain.references import References

Make = Callable[..., Any]
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "1"))
LIMITS = ReaderLimits(seconds=20, memory=1024 * 1024 * 1024)
LONGEST_S = 30.0


def outcome(path: Path, references: References, rules: Any) -> str:
    """The code of the fault, or "read"; whatever else happens is a fault of ours."""
    try:
        with read_workbook(path, references, LIMITS) as workbook:
            for batch in workbook.batches():
                rules.check(batch)
    except FileFault as fault:
        return fault.code if fault.message and "{" not in fault.message else fault.message
    return "read"


@pytest.mark.timeout(0)
def test_damaged_workbooks_are_read_or_refused(
    workbook_file: Make, numbered: Make, tmp_path: Path, references: References, rule_set: Make
) -> None:
    seconds = float(os.environ.get("FUZZ_SECONDS", "8"))
    plain = workbook_file(numbered(range(6))).read_bytes()
    excel = as_excel(tmp_path / "气瓶.xlsx").read_bytes()
    path, found, seed = tmp_path / "damaged.xlsx", Counter[str](), FIRST_SEED
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        path.write_bytes(damaged(excel if seed % 2 else plain, seed))
        began = time.monotonic()
        try:
            found[outcome(path, references, rule_set())] += 1
        except Exception as fault:
            raise AssertionError(f"FUZZ_SEED={seed}") from fault
        assert time.monotonic() - began < LONGEST_S, f"FUZZ_SEED={seed}"
        seed += 1
    sys.stdout.write(f"{seed - FIRST_SEED} workbooks from seed {FIRST_SEED}: {dict(found)}\n")
    assert set(found) <= {"read", *references.codes}
    assert found["E40"] > 0

"""The limits of a workbook are settings; the vectors here are the shared ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.adapters.workbook_file import MIB, ReaderLimits
from importer.settings import ImporterSettings

OWN = Path(__file__).parent / "fixtures" / "importer_vectors.json"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "vectors.json"


def test_a_workbook_may_have_a_million_rows_and_200_mb_unless_set_otherwise(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    usual = ImporterSettings().limits
    assert (usual.max_rows, usual.max_bytes) == (1_000_000, 200 * MIB)
    numbers = {"max_bytes": 5, "max_rows": 6, "max_unpacked": 7, "max_strings": 8}
    for name, number in numbers.items():
        monkeypatch.setenv(f"IMPORT_{name.upper()}", str(number))
    monkeypatch.setenv("IMPORT_READER_MEMORY", "9")
    monkeypatch.setenv("IMPORT_READER_SECONDS", "1.5")
    assert ImporterSettings().limits == ReaderLimits(**numbers, memory=9, seconds=1.5)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data lie beside some checkouts only")
def test_the_vectors_are_the_shared_ones() -> None:
    assert OWN.read_bytes() == SHARED.read_bytes()

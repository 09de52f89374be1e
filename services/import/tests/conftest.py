"""What tests of the importer build on: the shipped tables, one sound row, batches of cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.cells import Cell
from importer.domain.columns import EXTRA_HEADINGS
from importer.domain.outcome import CheckedBatch
from importer.domain.references import References, references_on
from importer.domain.rules.kinds import KIND
from importer.domain.rules.rule_set import RuleSet
from importer.seeds import seeds_on

TODAY = date(2026, 11, 24)
Row = Mapping[str, str | Cell | None]


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """The shared test vectors; ``today`` in it is the clock of these tests."""
    path = Path(__file__).parent / "fixtures" / "importer_vectors.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert loaded["today"] == TODAY.isoformat()
    return loaded


@pytest.fixture(scope="session")
def today() -> date:
    """The day of the test vectors."""
    return TODAY


@pytest.fixture(scope="session")
def references() -> References:
    """The tables as they hold on the day of the test vectors."""
    return references_on(TODAY, seeds_on)


@pytest.fixture(scope="session")
def sound_row(references: References) -> Callable[..., dict[str, str | Cell | None]]:
    """A row without any fault: the examples of the template, with changes by code name."""
    examples = {column.code_name: column.example for column in references.columns}

    def make(**changes: str | Cell | None) -> dict[str, str | Cell | None]:
        return {**examples, **changes}

    return make


@pytest.fixture(scope="session")
def batch_of(references: References) -> Callable[..., pl.DataFrame]:
    """A batch as the reader gives it. A cell is its text, a Cell with a kind, or None."""
    names = [*(column.code_name for column in references.columns), *EXTRA_HEADINGS.values()]
    text_names = [name for name in names if name != "row_no"]

    def make(rows: list[Row], first_row: int = 3) -> pl.DataFrame:
        frame: dict[str, pl.Series] = {
            "row_no": pl.Series(range(first_row, first_row + len(rows)), dtype=pl.Int32),
            "sequence": pl.Series([str(row.get("row_no") or "") or None for row in rows], dtype=pl.String),
        }
        for name in text_names:
            cells = [row.get(name) for row in rows]
            texts = [cell.text if isinstance(cell, Cell) else cell for cell in cells]
            kinds = [cell.kind or None if isinstance(cell, Cell) else None for cell in cells]
            frame[name] = pl.Series([text or None for text in texts], dtype=pl.String)
            frame[KIND + name] = pl.Series(kinds, dtype=pl.UInt8)
        return pl.DataFrame(frame)

    return make


@pytest.fixture(scope="session")
def rule_set(references: References) -> Callable[..., RuleSet]:
    """The rules of a new application of welded cylinders, on the day of the test vectors."""

    def make(**changes: Any) -> RuleSet:
        settings: dict[str, Any] = {"today": TODAY, "registration_reason": "NEW", "batch_group": None}
        return RuleSet(references, **(settings | changes))

    return make


@pytest.fixture(scope="session")
def codes_of() -> Callable[[CheckedBatch], dict[int, list[str]]]:
    """The codes of every row that has some, as ``{row number: ["E05 nominal_pressure_mpa", …]}``."""

    def read(checked: CheckedBatch) -> dict[int, list[str]]:
        found = {
            row["row_no"]: [
                f"{code} {column}" for code, column in zip(row["codes"], row["columns"], strict=True)
            ]
            for row in checked.failed.to_dicts()
        }
        warned = {row["row_no"]: row["warnings"] for row in checked.ok.to_dicts() if row["warnings"]}
        return found | warned

    return read


@pytest.fixture
def workbook_file(tmp_path: Path, references: References) -> Callable[..., Path]:
    """An .xlsx made by openpyxl: headings, hints, then rows given by code name; any value that openpyxl takes."""

    def make(
        rows: list[Mapping[str, Any]], change: Callable[[Any], None] | None = None, hint: bool = True
    ) -> Path:
        book = openpyxl.Workbook()
        sheet: Any = book.active
        sheet.title = "气瓶信息"
        sheet.append([column.heading for column in references.columns])
        if hint:
            sheet.append([column.hint for column in references.columns])
        for row in rows:
            sheet.append([row.get(column.code_name) for column in references.columns])
        if change is not None:
            change(book)
        path = tmp_path / "气瓶.xlsx"
        book.save(path)
        return path

    return make


@pytest.fixture
def read_all(references: References) -> Callable[..., pl.DataFrame]:
    """All rows of a workbook as one frame."""

    def read(path: Path, **limits: Any) -> pl.DataFrame:
        with read_workbook(path, references, ReaderLimits(**limits)) as workbook:
            return pl.concat(list(workbook.batches()))

    return read

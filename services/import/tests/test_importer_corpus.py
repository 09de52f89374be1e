"""Every workbook of the corpus is read, or refused, as it says; those of LibreOffice too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.corpus import NOT_XLSX, Case, Found, Kit
from tests.fixtures.corpus_cases import CASES, DAY
from tests.fixtures.workbooks import converted

from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.codes import FileFault
from importer.domain.references import References

Make = Callable[..., Any]


@pytest.fixture
def kit(workbook_file: Make, numbered: Make, tmp_path: Path) -> Kit:
    return Kit(workbook_file, numbered, tmp_path)


@pytest.fixture
def outcome(references: References, rule_set: Make, codes_of: Make) -> Callable[..., Any]:
    """The codes of every row that is read, and the codes of the file."""

    def read(path: Path, limits: Mapping[str, int]) -> tuple[Found, list[str]]:
        with read_workbook(path, references, ReaderLimits(**limits)) as workbook:
            rules, rows = rule_set(date1904=workbook.date1904), dict[int, list[str]]()
            for batch in workbook.batches():
                rows |= {row: [] for row in batch["row_no"].to_list()} | codes_of(rules.check(batch))
            return rows, [code for code, _ in workbook.warnings]

    return read


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_workbook_of_the_corpus_has_its_outcome(case: Case, kit: Kit, outcome: Make) -> None:
    path = case.make(kit)
    if case.refused is None:
        assert outcome(path, case.limits) == (case.rows, list(case.file_codes))
        return
    with pytest.raises(FileFault) as caught:
        outcome(path, case.limits)
    assert (caught.value.code, caught.value.message) == case.refused


@pytest.mark.slow
@pytest.mark.timeout(1200)  # the first one may have to install LibreOffice
@pytest.mark.parametrize(
    ("to", "refused"), [("xlsx", None), ("xls", "E40"), ("ods", "E40"), ("csv", "E40"), ("fods", "E40")]
)
def test_a_workbook_saved_by_libreoffice_has_its_outcome(
    to: str, refused: str | None, kit: Kit, outcome: Make
) -> None:
    path = converted(kit.book(manufacture_ym=DAY, model='="Y"&1', volume_l=35.5), to, kit.folder)
    if refused is None:
        assert outcome(path, {}) == ({3: [], 4: []}, [])  # a formula has its result by now
        return
    with pytest.raises(FileFault) as caught:
        outcome(path, {})
    assert (caught.value.code, caught.value.message) == (refused, NOT_XLSX)


def test_every_fault_of_a_file_stands_in_the_corpus(references: References) -> None:
    of_file = {code for code in references.codes if "E40" <= code <= "E49"}
    assert {case.refused[0] for case in CASES if case.refused} == of_file
    assert len(CASES) >= 40

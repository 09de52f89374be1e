"""Our workbooks through LibreOffice: opened, saved as .xlsx, and imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.fixtures.workbooks import converted

from importer.adapters.error_workbook import FailedRow, write_error_workbook
from importer.adapters.list_workbook import write_list_workbook
from importer.adapters.template import template
from importer.adapters.workbook_file import ReaderLimits
from importer.domain.references import References

Make = Callable[..., Any]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # the first one may have to install LibreOffice


def test_the_template_filled_in_and_saved_by_libreoffice_imports(
    tmp_path: Path, references: References, sound_row: Make, read_all: Make, rule_set: Make
) -> None:
    path = tmp_path / "template.xlsx"
    path.write_bytes(template(references, ReaderLimits()))
    saved = converted(path, "xlsx", tmp_path)
    book = openpyxl.load_workbook(saved)
    sheet = book["气瓶信息"]
    assert [cell.value for cell in sheet[1]][:25] == [column.heading for column in references.columns]
    assert {one.number_format for one in sheet.column_dimensions.values() if (one.min or 0) <= 25} == {"@"}
    assert len(sheet.data_validations.dataValidation) == 3
    assert book["字典"].sheet_state == "hidden"
    # LibreOffice 7.4 without a screen saves no frozen panes, not even those of a plain workbook: look at ours.
    assert openpyxl.load_workbook(path)["气瓶信息"].freeze_panes == "A3"
    assert "template_version" in book.defined_names
    for column in references.columns:
        sheet.cell(3, column.no, sound_row(serial_no="00123")[column.code_name])
    book.save(saved)
    again = read_all(converted(saved, "xlsx", tmp_path / "again"))
    checked = rule_set().check(again)
    assert (checked.failed.height, checked.ok["serial_no"].to_list()) == (0, ["00123"])


def test_the_error_workbook_and_the_list_survive_libreoffice(
    tmp_path: Path, references: References, sound_row: Make, read_all: Make
) -> None:
    values = [
        str(sound_row(model="=1+1", serial_no="00123")[column.code_name]) for column in references.columns
    ]
    failed = [FailedRow(40 + i, values, ["E05"], ["volume_l"], ["不是有效数字"]) for i in range(3)]
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, failed, {"E05": 3}, references)
    read = read_all(converted(path, "xlsx", tmp_path))
    assert read.select("origin_row", "serial_no", "model").unique().sort("origin_row").rows() == [
        (str(40 + i), "00123", "=1+1") for i in range(3)
    ]
    cells = dict(zip((column.code_name for column in references.columns), values, strict=True))
    path = tmp_path / "list.xlsx"
    assert write_list_workbook(path, [("2097155", cells), ("2097156", cells)], references) == 2
    read = read_all(converted(path, "xlsx", tmp_path))
    assert read.select("system_no", "serial_no", "model").rows() == [
        ("2097155", "00123", "=1+1"),
        ("2097156", "00123", "=1+1"),
    ]

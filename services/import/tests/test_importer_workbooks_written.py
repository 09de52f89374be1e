"""The workbooks that we write: the template, and the error workbook that is corrected and uploaded again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from importer.adapters import error_workbook
from importer.adapters.error_workbook import FailedRow, write_error_workbook
from importer.adapters.list_workbook import write_list_workbook
from importer.adapters.template import template
from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.cells import Cell, Kind
from importer.domain.codes import FileFault
from importer.domain.references import References

Make = Callable[..., Any]


@pytest.fixture
def template_path(tmp_path: Path, references: References) -> Path:
    path = tmp_path / "template.xlsx"
    path.write_bytes(template(references, ReaderLimits()))
    return path


def failed_rows(failed: pl.DataFrame) -> list[FailedRow]:
    return [
        FailedRow(
            row["origin_row"] or row["row_no"], row["values"], row["codes"], row["columns"], row["messages"]
        )
        for row in failed.to_dicts()
    ]


def test_the_template_has_headings_hints_lists_version_and_text_format(
    template_path: Path, references: References
) -> None:
    book = openpyxl.load_workbook(template_path)
    sheet = book["气瓶信息"]
    assert [cell.value for cell in sheet[1]] == [column.heading for column in references.columns]
    assert [cell.value for cell in sheet[2]] == [column.hint for column in references.columns]
    assert {sheet.cell(row, column).number_format for row in (3, 100) for column in range(1, 26)} == {"@"}
    assert all(sheet.column_dimensions[letter].number_format == "@" for letter in "ABIY")
    assert sheet.freeze_panes == "A3"
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists == {
        "B3:B1000002": "'字典'!$B$2:$B$6",
        "E3:E1000002": f"'字典'!$C$2:$C${len(references.media) + 1}",
        "Y3:Y1000002": "'字典'!$D$2:$D$4",
    }
    assert book["字典"].sheet_state == "hidden"
    assert book.defined_names["template_version"].attr_text == "'字典'!$A$1"
    assert [row[1].value for row in book["字典"]["A2:B6"]] == list(references.choices("variety_name"))


def test_the_guide_sheet_shows_each_column_with_an_example(
    template_path: Path, references: References
) -> None:
    sheet = openpyxl.load_workbook(template_path)["填写说明"]
    lines = {row[1].value: row[5].value for row in sheet.iter_rows() if row[0].value and len(row) > 5}
    assert {column.heading: column.example for column in references.columns}.items() <= lines.items()


def test_an_empty_template_has_no_data_and_a_filled_one_is_read(
    template_path: Path, references: References, read_all: Make
) -> None:
    with pytest.raises(FileFault) as caught:
        read_all(template_path)
    assert caught.value.code == "E46"
    book = openpyxl.load_workbook(template_path)
    for column in references.columns:
        book["气瓶信息"].cell(3, column.no, column.example)
    book.save(template_path)
    read = read_all(template_path)
    assert read.select("row_no", "serial_no").rows() == [(3, "23050012345")]


FAULTY: dict[str, dict[str, Any]] = {
    "E01": {"product_name": None},
    "E04": {"ownership": "=借用"},
    "E05": {"volume_l": "@35"},
    "E07": {"manufacture_ym": "2023年"},
    "E11": {"serial_no": Cell("1.23456789012346E+15", int(Kind.NUMBER))},
    "E12": {"serial_no": "+A1", "model": '=HYPERLINK("http://x.example")'},
    "E13": {"qr_url": "-qr"},
    "E25": {"next_inspection_date": "2033-01", "unit_serial_no": "U\x01\x0b1"},
    "E27": {"material": "#N/A"},
    "E36": {"manufacture_ym": Cell("2023.1", int(Kind.NUMBER))},
}


@pytest.fixture
def faulty_book(
    tmp_path: Path, references: References, sound_row: Make, batch_of: Make, rule_set: Make
) -> tuple[Path, pl.DataFrame]:
    """An error workbook of one row for each of some codes, and the failed rows it was made from."""
    rows = [
        sound_row(**{"serial_no": f"N{i}", "unit_serial_no": f"U-{i}", "hollow_code": None, "rfid_no": None,
                     "qr_url": f"https://qr.example.com/{i}", **changes})
        for i, changes in enumerate(FAULTY.values())
    ]  # fmt: skip
    checked = rule_set().check(batch_of(rows, first_row=40))
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, failed_rows(checked.failed), checked.codes, references)
    return path, checked.failed


def test_the_error_workbook_has_the_template_then_what_is_wrong(
    faulty_book: tuple[Path, pl.DataFrame], references: References
) -> None:
    path, failed = faulty_book
    sheet = openpyxl.load_workbook(path)["气瓶信息"]
    headings = [cell.value for cell in sheet[1]]
    assert headings == [column.heading for column in references.columns] + [
        "错误列",
        "错误代码",
        "失败原因",
        "原文件行号",
    ]
    assert [cell.value for cell in sheet[2]][:25] == [column.hint for column in references.columns]
    first = [cell.value for cell in sheet[3]]
    assert first[25:] == ["产品名称", "E01", "产品名称不能为空，请补填", "40"]
    assert sheet.max_row == 2 + failed.height
    wrong = sheet["C3"]
    assert wrong.fill.fgColor.rgb == "FFFFC7CE"
    assert wrong.comment is not None
    assert wrong.comment.text == "产品名称不能为空，请补填"
    assert sheet["D3"].fill.fgColor.rgb == "00000000"


def test_every_cell_is_text_as_typed_and_no_formula(faulty_book: tuple[Path, pl.DataFrame]) -> None:
    path, failed = faulty_book
    sheet = openpyxl.load_workbook(path)["气瓶信息"]
    cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells if cell.value != "#N/A"} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    for row, values in zip(sheet.iter_rows(min_row=3, max_col=25), failed["values"].to_list(), strict=True):
        typed = [value.replace("\x01", "").replace("\x0b", "") or None for value in values]
        assert [cell.value for cell in row] == typed
    dangerous = [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert len(dangerous) >= 5
    assert all(cell.quotePrefix for cell in dangerous)


def test_uploaded_again_as_it_is_it_gives_the_same_codes_and_names_the_first_rows(
    faulty_book: tuple[Path, pl.DataFrame], read_all: Make, rule_set: Make, references: References
) -> None:
    path, failed = faulty_book
    again = rule_set().check(read_all(path)).failed
    assert again["codes"].to_list() == failed["codes"].to_list()
    assert again["values"].to_list()[0] == failed["values"].to_list()[0]
    assert again["origin_row"].to_list() == failed["row_no"].to_list()
    with read_workbook(path, references, ReaderLimits()) as workbook:
        assert workbook.warnings == []


def test_corrected_with_openpyxl_it_imports(
    faulty_book: tuple[Path, pl.DataFrame], read_all: Make, rule_set: Make, references: References
) -> None:
    path, _ = faulty_book
    book = openpyxl.load_workbook(path)
    sheet = book["气瓶信息"]
    for row, changes in enumerate(FAULTY.values(), start=3):
        for name in changes:
            column = references.by_name[name]
            unique = {"serial_no": f"C{row}", "qr_url": f"https://qr.example.com/c{row}"}
            sheet.cell(row, column.no, unique.get(name, column.example))
    book.save(path)
    checked = rule_set().check(read_all(path))
    assert checked.failed.is_empty()
    assert checked.ok.height == len(FAULTY)


def test_rows_already_there_stand_on_a_sheet_that_an_upload_does_not_read(
    tmp_path: Path, references: References, read_all: Make
) -> None:
    values = [column.example for column in references.columns]
    rows = [
        FailedRow(3, values, ["E29", "W24"], ["serial_no", "next_inspection_date"], ["已导入", "临近"]),
        FailedRow(4, values, ["E29", "E19"], ["serial_no", "qr_url"], ["已导入", "已使用"]),
    ]
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, rows, {"E29": 2, "E19": 1, "W24": 1}, references)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["气瓶信息", "已在本批次", "错误汇总", "字典"]
    assert book["已在本批次"]["AC3"].value == "3"
    assert read_all(path)["origin_row"].to_list() == ["4"]
    assert [[cell.value for cell in row] for row in book["错误汇总"]] == [
        ["代码", "原因", "行数"],
        ["E29", references.codes["E29"].message, "2"],
        ["E19", references.codes["E19"].message, "1"],
        ["W24", "下次检验日期…距今不足30天，请及时申请检验", "1"],
    ]


def test_comments_end_where_excel_would_choke_but_colours_do_not(
    tmp_path: Path, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_workbook, "MOST_COMMENTS", 1)
    values = [column.example for column in references.columns]
    rows = [FailedRow(row, values, ["E05"], ["volume_l"], ["不是有效数字"]) for row in (3, 4)]
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, rows, {"E05": 2}, references)
    sheet = openpyxl.load_workbook(path)["气瓶信息"]
    assert [sheet[f"P{row}"].comment is not None for row in (3, 4)] == [True, False]
    assert sheet["P4"].fill.fgColor.rgb == "FFFFC7CE"


def test_rows_after_the_last_comment_say_look_and_import_like_those_before(
    tmp_path: Path, references: References, read_all: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_workbook, "MOST_COMMENTS", 2)
    values = [column.example for column in references.columns]
    values[2], values[3], values[6], values[17] = "", '=HYPERLINK("x")', "<&>\x01 '\"\n", " 两端 "
    rows = [FailedRow(row, values, ["E01"], ["product_name"], ["不能为空"]) for row in range(3, 9)]
    path = tmp_path / "errors.xlsx"
    write_error_workbook(path, rows, {"E01": 6}, references)
    sheet = openpyxl.load_workbook(path)["气瓶信息"]
    looks = [
        [
            (cell.value, cell.number_format, cell.fill.fgColor.rgb, cell.quotePrefix, cell.data_type)
            for cell in row
        ]
        for row in sheet.iter_rows(min_row=3, max_col=28)
        if row[0].value
    ]
    assert len(looks) == 6
    assert all(look == looks[0] for look in looks[1:])
    assert [sheet[f"C{row}"].comment is not None for row in range(3, 9)] == [True, True, *[False] * 4]
    read = read_all(path)
    assert read["origin_row"].to_list() == [str(row) for row in range(3, 9)]
    assert read["model"].unique().to_list() == ['=HYPERLINK("x")']
    assert read["material"].unique().to_list() == [" 两端 "]


def test_texts_by_code_say_what_to_do_without_the_values_of_a_row(references: References) -> None:
    texts = {code: entry.general(7) for code, entry in references.codes.items()}
    assert texts["E01"] == "该列不能为空，请补填"
    assert texts["E04"] == "该列不在可选范围内，可填：…"
    assert texts["W01"] == "表头不属于模板，该列已忽略"
    assert texts["W02"] == "有7行处于隐藏状态，已一并导入，请核对"
    assert texts["E16"] == "公称工作压力…MPa超出使用登记范围"
    assert not any("{" in text or "“”" in text for text in texts.values())


def test_a_list_is_read_back_as_it_was_written(
    tmp_path: Path, references: References, read_all: Make
) -> None:
    texts = (
        "00123", "=1+1", "@x", "+1", "-1", "'1", " 两 端 ", "a\nb", "<&>\"'", "]]>", "_x0041_", "_x005F_x0041_",
        "\u200b1", "𠮷", "é", "1.5E+15", "2023.10", "#N/A!", "TRUE", "；、，", "\t1",
    )  # fmt: skip
    examples = {column.code_name: column.example for column in references.columns}
    rows = [(str(number), examples | {"model": text}) for number, text in enumerate(texts, start=1)]
    path = tmp_path / "list.xlsx"
    assert write_list_workbook(path, rows, references) == len(texts)
    read = read_all(path)
    assert read["model"].to_list() == list(texts)
    assert read["system_no"].to_list() == [number for number, _ in rows]

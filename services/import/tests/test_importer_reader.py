"""Reading workbooks as people and programs really make them."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName

from importer.adapters import workbook_reader
from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.domain.cells import Kind
from importer.domain.codes import FileFault
from importer.domain.references import References
from importer.domain.rules.kinds import KIND

Make = Callable[..., Any]


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes], name: str = "changed.xlsx") -> Path:
    """A copy of the workbook with one part of its zip changed."""
    copy = path.with_name(name)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, change(content) if entry.filename == part else content)
    return copy


def with_shared_texts(path: Path) -> Path:
    """The workbook with its texts in one common part, as Excel writes it; openpyxl writes each into its cell."""
    texts: list[bytes] = []

    def share(cell: re.Match[bytes]) -> bytes:
        texts.append(cell[2])
        return b'<c%s t="s"><v>%d</v></c>' % (cell[1], len(texts) - 1)

    path = rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<c([^>]*) t="inlineStr"><is><t>([^<]*)</t></is></c>', share, xml),
    )
    kind = b"officedocument.spreadsheetml.sharedStrings+xml"
    type_ = (
        b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-%s"/>' % kind
    )
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = b'<Relationship Id="rId99" Type="%s" Target="sharedStrings.xml"/>' % relation
    path = rewritten(
        path, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", type_ + b"</Types>"), "t.xlsx"
    )
    path = rewritten(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", link + b"</Relationships>"),
        "shared.xlsx",
    )
    items = b"".join(b"<si><t>%s</t></si>" % text for text in texts)
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(path, "xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (main, items))


def with_part(path: Path, part: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
    return path


def fault_of(path: Path, references: References, **limits: Any) -> FileFault:
    with (
        pytest.raises(FileFault) as caught,
        read_workbook(path, references, ReaderLimits(**limits)) as workbook,
    ):
        list(workbook.batches())
    return caught.value


def test_rows_come_with_their_numbers_in_the_sheet_and_without_hint_and_blank_rows(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    rows = [sound_row(), {}, {"serial_no": "  ", "model": "\n"}, {"row_no": "9"}, sound_row(serial_no="2")]
    read = read_all(workbook_file(rows))
    assert read["row_no"].to_list() == [3, 7]
    assert read["serial_no"].to_list() == ["23050012345", "2"]
    assert read["sequence"].to_list() == ["1", "1"]


def test_without_a_hint_row_the_data_begin_in_row_2(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    assert read_all(workbook_file([sound_row()], hint=False))["row_no"].to_list() == [2]


def test_rows_far_apart_and_stray_cells_far_right_keep_their_numbers(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    def change(book: Any) -> None:
        sheet = book.active
        for cell in list(sheet[3]):
            sheet.cell(60_003, cell.column, cell.value)
        sheet["XFD9"] = "stray"

    assert read_all(workbook_file([sound_row()], change))["row_no"].to_list() == [3, 60_003]


def test_columns_are_found_in_any_order_by_other_names_and_with_units(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    headings = {"A1": "产 品 编 号", "I1": "序号", "F1": "制造单位", "J1": "自编号"}
    headings |= {"P1": "容积（L）", "N1": "公称工作压力(MPa)"}

    def change(book: Any) -> None:
        for place, heading in headings.items():
            book.active[place] = heading
        book.active.delete_cols(22)  # 监检机构 may be absent

    read = read_all(workbook_file([sound_row()], change))
    assert read["serial_no"].to_list() == ["1"]
    assert read["sequence"].to_list() == ["23050012345"]
    assert read.select("manufacturer_name", "unit_serial_no", "volume_l", "nominal_pressure_mpa").rows() == [
        ("某某压力容器有限公司", "CQ-000123", "35.50", "2.10")
    ]
    assert read["supervision_body"].to_list() == [None]
    assert read["ownership"].to_list() == ["自有"]


def test_numbers_dates_and_other_values_come_as_text_with_their_kind(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    values = {
        "serial_no": 23050012345, "unit_serial_no": 1234567890123460, "hollow_code": 123.5, "volume_l": 35.5,
        "manufacture_ym": dt.date(2023, 5, 1), "last_inspection_date": dt.datetime.fromisoformat("2026-03-18T09:30"),
        "model": True, "material": dt.time(8, 30), "wall_thickness_mm": 0.00001, "rfid_no": 0,
    }  # fmt: skip
    read = read_all(workbook_file([sound_row(**values), sound_row()]))
    found = {name: (read[name][0], read[KIND + name][0]) for name in values}
    assert found == {
        "serial_no": ("23050012345", Kind.NUMBER), "unit_serial_no": ("1.23456789012346E+15", Kind.NUMBER),
        "hollow_code": ("123.5", Kind.NUMBER), "volume_l": ("35.5", Kind.NUMBER),
        "manufacture_ym": ("2023-05-01", Kind.DATE), "last_inspection_date": ("2026-03-18 09:30:00", Kind.DATE),
        "model": ("TRUE", Kind.OTHER), "material": ("08:30:00", Kind.OTHER),
        "wall_thickness_mm": ("0.00001", Kind.NUMBER), "rfid_no": ("0", Kind.NUMBER),
    }  # fmt: skip
    assert [read[KIND + name][1] for name in values] == [None] * len(values)
    assert read[KIND + "product_name"].null_count() == 2


def test_dates_of_the_1904_system_are_the_same_days(
    workbook_file: Make, read_all: Make, references: References, sound_row: Make
) -> None:
    def change(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    path = workbook_file([sound_row(manufacture_ym=dt.date(2023, 5, 1))], change)
    assert read_all(path)["manufacture_ym"].to_list() == ["2023-05-01"]
    with read_workbook(path, references, ReaderLimits()) as workbook:
        assert workbook.date1904 is True


@pytest.mark.parametrize("before", [0, 45_000])
def test_a_formula_without_a_result_is_told_from_an_empty_cell_wherever_it_stands(
    before: int, workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    short = {"serial_no": "1", "ownership": "自有"}
    rows = [short] * before + [sound_row(model="=A3&B3", material="")]
    read = read_all(workbook_file(rows))
    last = read[-1]
    assert (last["model"][0], last[KIND + "model"][0]) == ("=A3&B3", Kind.FORMULA)
    assert (last["material"][0], last[KIND + "material"][0]) == (None, None)
    assert read["row_no"].to_list() == list(range(3, 4 + before))


def test_a_formula_with_a_result_is_its_result_and_an_error_its_name(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    path = workbook_file([sound_row(serial_no="=A1", model="=B1"), sound_row(serial_no="2")])
    results = {
        rb"><f>A1</f><v></v>": b"><f>A1</f><v>77</v>",
        rb"><f>B1</f><v></v>": b' t="e"><f>B1</f><v>#N/A</v>',
    }

    def store(xml: bytes) -> bytes:
        for formula, result in results.items():
            xml = re.sub(formula, result, xml)
        return xml

    cached = rewritten(path, "xl/worksheets/sheet1.xml", store)
    read = read_all(cached)
    assert read["serial_no"].to_list() == ["77", "2"]
    assert read["model"].to_list() == ["#N/A", "YSP35.5"]


def test_hidden_rows_are_read_and_counted_but_blank_hidden_ones_are_not(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    def change(book: Any) -> None:
        for row in (1, 3, 5, 6):
            book.active.row_dimensions[row].hidden = True

    path = workbook_file([sound_row(), sound_row(), sound_row(), {}], change)
    with read_workbook(path, references, ReaderLimits()) as workbook:
        assert sum(batch.height for batch in workbook.batches()) == 3
        assert workbook.warnings == [("W02", "有2行处于隐藏状态，已一并导入，请核对")]


def test_unknown_headings_are_warned_of_and_those_of_our_own_books_are_not(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    def change(book: Any) -> None:
        own = ("错误列", "错误代码", "失败原因", "原文件行号", "系统编号")
        for place, heading in enumerate((*own, "备注", "备注", " 颜 色 "), start=26):
            book.active.cell(1, place, heading)

    with read_workbook(workbook_file([sound_row()], change), references, ReaderLimits()) as workbook:
        list(workbook.batches())
        assert workbook.warnings == [
            ("W01", "表头“备注”不属于模板，该列已忽略"),
            ("W01", "表头“颜 色”不属于模板，该列已忽略"),
        ]
        assert workbook.codes == {"W01": 2}


def test_texts_in_a_common_part_are_read_like_others(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    path = workbook_file([sound_row(), sound_row(serial_no="2", volume_l=35.5)])
    assert read_all(with_shared_texts(path)).equals(read_all(path))


def test_rich_text_merged_cells_and_full_width_text_are_read(
    workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    rich = CellRichText("液化", TextBlock(InlineFont(b=True), "石油气"), "钢瓶")

    def change(book: Any) -> None:
        book.active.merge_cells("D3:D4")

    read = read_all(workbook_file([sound_row(product_name=rich), sound_row(product_name="ＡＢ")], change))
    assert read["product_name"].to_list() == ["液化石油气钢瓶", "ＡＢ"]
    assert read["model"].to_list() == ["YSP35.5", None]


@pytest.mark.parametrize("dimension", [b'<dimension ref="A1:A1"/>', b'<dimension ref="A1:XFD1048576"/>', b""])
def test_a_wrong_dimension_changes_nothing(
    dimension: bytes, workbook_file: Make, read_all: Make, sound_row: Make
) -> None:
    path = workbook_file([sound_row(), sound_row(serial_no="2")])
    wrong = rewritten(
        path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(rb'<dimension ref="A1:Y4" ?/>', dimension, xml)
    )
    assert read_all(wrong)["serial_no"].to_list() == ["23050012345", "2"]


def test_a_sheet_with_prefixed_tags_is_read_and_scanned(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    def prefix(xml: bytes) -> bytes:
        return re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x=")

    def change(book: Any) -> None:
        book.active.row_dimensions[4].hidden = True

    path = rewritten(
        workbook_file([sound_row(), sound_row(model="=A1")], change), "xl/worksheets/sheet1.xml", prefix
    )
    with read_workbook(path, references, ReaderLimits()) as workbook:
        read = pl.concat(list(workbook.batches()))
        assert workbook.hidden == 1
    assert read[KIND + "model"].to_list() == [None, Kind.FORMULA]


def test_the_named_sheet_wins_even_when_it_is_not_the_first(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    path = workbook_file([sound_row()], lambda book: book.create_sheet("封面", 0).append(["说明"]))
    with read_workbook(path, references, ReaderLimits()) as workbook:
        assert (workbook.sheet, workbook.other_sheet) == ("气瓶信息", False)


def test_without_the_named_sheet_the_first_visible_one_with_the_headings_is_read(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    def change(book: Any) -> None:
        hidden = book.copy_worksheet(book.active)
        hidden.sheet_state = "hidden"
        book.active.title = "台账2026"
        book.create_sheet("封面", 0).append(["说明"])
        book.move_sheet(hidden, -2)

    path = workbook_file([sound_row()], change)
    with read_workbook(path, references, ReaderLimits()) as workbook:
        assert (workbook.sheet, workbook.other_sheet, workbook.last_row) == ("台账2026", True, 3)


def no_data(book: Any) -> None:
    book.active.delete_rows(3, 9)


def no_columns(book: Any) -> None:
    book.active.delete_cols(8, 2)


def twice(book: Any) -> None:
    book.active["Z1"] = "出厂编号"


def old_version(book: Any) -> None:
    book.create_sheet("字典")["A1"] = "0"
    book.defined_names["template_version"] = DefinedName("template_version", attr_text="'字典'!$A$1")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (no_data, "E46", "未读到气瓶数据，请从第3行开始填写"),
        (no_columns, "E43", "缺少必需的列：制造年月、产品编号，请使用系统下载的模板"),
        (twice, "E44", "表头“产品编号”重复出现，请只保留一列"),
        (old_version, "E45", "模板版本0已停用，请重新下载模板"),
    ],
)
def test_faults_of_the_sheet(
    change: Callable[[Any], None],
    code: str,
    message: str,
    workbook_file: Make,
    references: References,
    sound_row: Make,
) -> None:
    fault = fault_of(workbook_file([sound_row()], change), references)
    assert (fault.code, fault.message) == (code, message)


def test_too_many_rows_and_too_many_bytes(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    path = workbook_file([sound_row(), sound_row(), sound_row()])
    assert fault_of(path, references, max_rows=2).message == "数据行数超过2行，请拆分后分次导入"
    big = path.with_name("big.xlsx")
    big.write_bytes(path.read_bytes() + bytes(1024 * 1024))
    fault = fault_of(big, references, max_bytes=1024 * 1024)
    assert (fault.code, fault.message) == ("E41", "文件大小为1.0MB，超过1MB，请拆分后分次导入")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E40"),
        ("设备品种,产品名称\n".encode(), "E40"),
        (b"<html><table></table></html>", "E40"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "E40"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "E47"),
        (b"PK\x03\x04" + bytes(100), "E40"),
    ],
    ids=["empty", "csv", "html", "xls", "encrypted", "damaged zip"],
)
def test_what_is_no_xlsx_is_refused_before_anything_reads_it(
    content: bytes, code: str, tmp_path: Path, references: References
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    assert fault_of(path, references).code == code


def test_macros_bombs_and_entities_are_refused(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    rows = [sound_row()]
    assert fault_of(with_part(workbook_file(rows), "xl/vbaProject.bin", b"x"), references).code == "E48"
    typed = rewritten(
        workbook_file(rows),
        "[Content_Types].xml",
        lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main"),
    )
    assert fault_of(typed, references).code == "E48"
    bomb = with_part(workbook_file(rows), "xl/media/image1.bin", bytes(8 * 1024 * 1024))
    fault = fault_of(bomb, references, max_unpacked=4 * 1024 * 1024)
    assert (fault.code, fault.message) == ("E49", "文件解压后的内容过大（超过4MB），请使用模板重新制作")
    entity = rewritten(
        workbook_file(rows),
        "xl/worksheets/sheet1.xml",
        lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml,
    )
    assert fault_of(entity, references).code == "E40"


def test_a_damaged_sheet_is_refused_and_never_read_in_part(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    path = with_shared_texts(workbook_file([sound_row(serial_no=str(i)) for i in range(300)]))
    for part, change in (
        ("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2]),
        ("xl/sharedStrings.xml", lambda xml: xml[: len(xml) // 2]),
        ("xl/workbook.xml", lambda _: b"<workbook>"),
    ):
        assert fault_of(rewritten(path, part, change), references).code == "E40", part
    cut = path.with_name("cut.xlsx")
    cut.write_bytes(path.read_bytes()[:-200])
    assert fault_of(cut, references).code == "E40"


def test_a_reader_that_needs_too_much_memory_is_ended_and_the_file_refused(
    workbook_file: Make, read_all: Make, references: References, sound_row: Make
) -> None:
    path = with_shared_texts(workbook_file([sound_row()]))
    huge = rewritten(
        path,
        "xl/sharedStrings.xml",
        lambda xml: xml.replace(b"</sst>", b"<si><t>" + b"x" * 300_000_000 + b"</t></si></sst>"),
    )
    memory = 700 * 1024 * 1024
    assert read_all(path, memory=memory).height == 1
    assert fault_of(huge, references, memory=memory).code == "E49"


def test_leaving_early_ends_the_reading_process_and_its_thread(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    before = threading.active_count()
    path = workbook_file([sound_row(serial_no=str(i)) for i in range(50)])
    with read_workbook(path, references, ReaderLimits()) as workbook:
        process = workbook.process
        os.kill(process.pid, signal.SIGSTOP)
    assert process.poll() == -signal.SIGKILL
    assert threading.active_count() == before


def test_a_reading_process_that_is_killed_is_a_fault_not_a_short_file(
    workbook_file: Make, references: References, sound_row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_reader, "BATCH_ROWS", 500)
    path = workbook_file([sound_row(serial_no=str(i)) for i in range(8000)])  # more than the pipe holds
    with read_workbook(path, references, ReaderLimits()) as workbook:
        next(workbook.batches())
        os.kill(workbook.process.pid, signal.SIGKILL)
        with pytest.raises(FileFault) as caught:
            list(workbook.batches())
    assert caught.value.code == "E49"


def test_a_reader_that_says_nothing_is_not_waited_for_for_ever(
    workbook_file: Make, references: References, sound_row: Make
) -> None:
    assert fault_of(workbook_file([sound_row()]), references, seconds=0.01).code == "E49"

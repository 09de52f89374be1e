"""Every code that a row can get without the database, from a row that differs from a sound one by its cause only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.fixtures.corpus_cases import CASES

from importer.domain.cells import Cell, Kind
from importer.domain.outcome import CheckedBatch
from importer.domain.references import References, references_on
from importer.domain.rules.rule_set import RuleSet
from importer.seeds import rows_valid_on, seed_rows

Make = Callable[..., Any]

NUMBER = int(Kind.NUMBER)
OXYGEN = {
    "variety_name": "无缝气瓶", "product_name": "氧气瓶", "model": "WMA219-40-15", "medium_name": "氧",
    "nominal_pressure_mpa": "15", "test_pressure_mpa": "22.5", "volume_l": "40", "material": "37Mn",
    "product_standard": "GB/T 5099.1-2017", "design_life_years": "20", "next_inspection_date": "2029-03",
}  # fmt: skip
NITROGEN = OXYGEN | {"product_name": "氮气瓶", "medium_name": "氮", "next_inspection_date": "2031-03"}

ONE_CAUSE: list[tuple[str, dict[str, Any]]] = [
    ("E01 serial_no", {"serial_no": None}),
    ("E01 product_name", {"product_name": " \u3000\n"}),
    ("E01 manufacturer_name", {"manufacturer_name": "."}),
    ("E01 serial_no", {"serial_no": "'"}),
    ("E03 manufacturer_name", {"manufacturer_name": "某"}),
    ("E03 product_name", {"product_name": "瓶" * 61}),
    ("E03 serial_no", {"serial_no": "A" * 41}),
    ("E03 model", {"model": "Y" * 41}),
    ("E03 qr_url", {"qr_url": "https://qr.example.com/" + "a" * 478}),
    ("E04 variety_name", {"variety_name": "特种气瓶"}),
    ("E04 medium_name", {"medium_name": "天然气"}),
    ("E04 ownership", {"ownership": "借用"}),
    ("E05 nominal_pressure_mpa", {"nominal_pressure_mpa": "2.105"}),
    ("E05 volume_l", {"volume_l": "35.5L"}),
    ("E05 design_life_years", {"design_life_years": "8.5"}),
    ("E06 test_pressure_mpa", {"test_pressure_mpa": "120.01"}),
    ("E06 wall_thickness_mm", {"wall_thickness_mm": "0.49"}),
    ("E06 design_life_years", {"design_life_years": "31"}),
    ("E07 manufacture_ym", {"manufacture_ym": "2023-13"}),
    ("E07 last_inspection_date", {"last_inspection_date": "2026-03"}),
    ("E07 next_inspection_date", {"next_inspection_date": "30年3月"}),
    ("E08 manufacture_ym", {"manufacture_ym": "2026-12"}),
    ("E11 serial_no", {"serial_no": "3.5E+11"}),
    ("E11 unit_serial_no", {"unit_serial_no": Cell("123.5", NUMBER)}),
    ("E11 hollow_code", {"hollow_code": Cell("1.23456789012346E+15", NUMBER)}),
    ("E11 rfid_no", {"rfid_no": Cell("2023-05-01", int(Kind.DATE))}),
    ("E11 supervision_cert_no", {"supervision_cert_no": Cell("-5", NUMBER)}),
    ("E12 serial_no", {"serial_no": "AB#12_3#"}),
    ("E13 qr_url", {"qr_url": "qr.example.com/c/1"}),
    ("E15 nominal_pressure_mpa", {"nominal_pressure_mpa": "0.20", "volume_l": "0.40"}),
    ("E16 nominal_pressure_mpa", {"nominal_pressure_mpa": "70.01", "test_pressure_mpa": "105.01"}),
    ("E17 test_pressure_mpa", {"test_pressure_mpa": "2.09"}),
    ("E18 volume_l", {"volume_l": "3000.01"}),
    ("E22 design_life_years", {"manufacture_ym": "2018-10"}),
    ("E23 last_inspection_date", {"manufacture_ym": "2022-10", "last_inspection_date": None}),
    ("E24 next_inspection_date", {"next_inspection_date": "2026-11-23"}),
    ("E25 next_inspection_date", {"next_inspection_date": "2030-04-01"}),
    ("E26 medium_name", {"medium_name": "乙炔"}),
    ("E27 product_name", {"product_name": "#N/A"}),
    ("E27 serial_no", {"serial_no": Cell("=A1&B1", int(Kind.FORMULA))}),
    ("E27 nominal_pressure_mpa", {"nominal_pressure_mpa": "#DIV/0!"}),
    ("E27 last_inspection_date", {"last_inspection_date": "#REF!"}),
    ("E32 manufacture_ym", {"manufacture_ym": "1969-12"}),
    ("E33 last_inspection_date", {"last_inspection_date": "2026-11-25"}),
    ("E34 last_inspection_date", {"last_inspection_date": "2023-04-30"}),
    ("E35 next_inspection_date", {"next_inspection_date": "2026-03-18"}),
    ("E36 manufacture_ym", {"manufacture_ym": Cell("2023.1", NUMBER)}),
    ("W05", OXYGEN | {"variety_name": "焊接气瓶", "design_life_years": "20"}),
    ("W07", {"manufacturer_licence_no": "TS221012-27"}),
    ("W08:serial_no", {"serial_no": Cell("350000000000", NUMBER)}),
    ("W08:hollow_code", {"hollow_code": Cell("123", NUMBER)}),
    ("W09", {"product_name": "车用液化石油气钢瓶"}),
    ("W10", {"manufacturer_licence_no": "TS2210123-2022"}),
    ("W11", OXYGEN | {"product_name": "灭火用气瓶"}),
    ("W15", {"test_pressure_mpa": "2.10"}),
    ("W15", {"test_pressure_mpa": "4.21"}),
    ("W16", {"nominal_pressure_mpa": "2.20"}),
    ("W17", {"product_standard": "YB 123"}),
    ("W20", {"design_life_years": "9"}),
    ("W23", OXYGEN | {"manufacture_ym": "2023-10", "last_inspection_date": None, "next_inspection_date": "2027-10"}),
    ("W24", {"next_inspection_date": "2026-12-23"}),
    ("W25", OXYGEN | {"next_inspection_date": "2029-04"}),
    ("W26", {"manufacture_ym": "2021-10", "next_inspection_date": "2029-11"}),
    ("W27", {"ownership": "托管"}),
    ("W28", OXYGEN | {"medium_name": "七氟丙烷", "nominal_pressure_mpa": "4.2", "test_pressure_mpa": "6.3"}),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "changes"), ONE_CAUSE)
def test_one_cause_gives_its_code_and_no_other(
    expected: str, changes: dict[str, Any], sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    checked = rule_set().check(batch_of([sound_row(**changes)]))
    assert codes_of(checked) == {3: [expected]}


@pytest.mark.parametrize("row", [{}, OXYGEN, NITROGEN])
def test_a_sound_row_has_no_code(
    row: dict[str, Any], sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    checked = rule_set().check(batch_of([sound_row(**row)]))
    assert checked.failed.is_empty()
    assert checked.ok["warnings"].to_list() == [[]]
    assert (checked.codes, checked.warned) == ({}, 0)


def test_serial_numbers_as_the_vectors_say(
    vectors: dict[str, Any], sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    refused = vectors["serial_no"]["text_refused"]
    checked = rule_set().check(
        batch_of([sound_row(serial_no=v["value"], **unique(i)) for i, v in enumerate(refused)])
    )
    assert codes_of(checked) == {3 + i: [f"{v['error']} serial_no"] for i, v in enumerate(refused)}


def unique(i: int) -> dict[str, str]:
    """Marks that may stand only once."""
    return {
        "unit_serial_no": f"U-{i}", "hollow_code": f"H-{i}", "rfid_no": f"R-{i}",
        "qr_url": f"https://qr.example.com/{i}",
    }  # fmt: skip


def test_a_row_shows_all_its_codes_errors_first_with_messages_of_its_values(
    sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    row = sound_row(
        variety_name=None, nominal_pressure_mpa="abc", ownership="托管", qr_url="x y", wall_thickness_mm="200",
        manufacture_ym="2023年",
    )  # fmt: skip
    failed = rule_set().check(batch_of([row])).failed.to_dicts()[0]
    assert list(zip(failed["codes"], failed["messages"], strict=True)) == [
        ("E01", "设备品种不能为空，请补填"),
        ("E07", "制造年月“2023年”无法识别，请按YYYY-MM填写"),
        (
            "E13",
            "二维码标识URL“x y”不是有效网址，请填写扫码得到的完整网址（以http://或https://开头，不含空格）",
        ),
        ("E05", "公称工作压力“abc”不是有效数字，请填写数字，小数不超过2位"),
        ("E06", "设计壁厚应在0.50～100.00mm之间，当前为200"),
        ("W27", "产权性质为托管，须上传托管协议"),
    ]
    assert failed["values"][:3] == ["1", "", "液化石油气钢瓶"]
    assert failed["identity_digest"] is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variety_name": "焊瓶"}, "设备品种“焊瓶”不在可选范围内，可填：焊接气瓶、"),
        ({"serial_no": "A#1_#"}, "产品编号含有不允许的字符“#_”，只能使用数字、字母、“-”“.”“/”"),
        ({"model": "Y" * 41}, "型号长度应为0～40个字符，当前为41个"),
        ({"design_life_years": "40"}, "设计使用年限应在1～30年之间，当前为40"),
        ({"manufacture_ym": "1965.3"}, "制造年月“1965.3”早于1970-01，请核对"),
        ({"nominal_pressure_mpa": "0.2", "volume_l": "0.45"}, "公称工作压力与公称容积的乘积为0.09MPa·L，小于1.0MPa·L"),
        ({"nominal_pressure_mpa": "80", "test_pressure_mpa": "110"}, "公称工作压力80MPa超出使用登记范围（0.20～70.00"),
        ({"test_pressure_mpa": "1.5"}, "水压试验压力1.5MPa低于公称工作压力2.1MPa，请核对"),
        ({"manufacture_ym": "2018-10"}, "已于2026-10超过设计使用年限（8年），不予登记；"),
        ({"last_inspection_date": None, "manufacture_ym": "2020-01"}, "制造至今已超过48个月检验周期，"),
        ({"next_inspection_date": "2030-05"}, "下次检验日期2030-05晚于允许的最迟日期2030-03（检验周期48个月），请核对"),
        ({"medium_name": "液氧"}, "充装介质“液氧”不能充装于焊接气瓶，请核对"),
        ({"medium_name": "乙炔气"}, "充装介质“乙炔”不能充装于焊接气瓶，请核对"),
        ({"last_inspection_date": "2023-04-01"}, "最近一次检验日期2023-04-01早于制造年月2023-05，请核对"),
        ({"next_inspection_date": "2026-03-01"}, "下次检验日期2026-03-01应晚于最近一次检验日期2026-03-18，请核对"),
        ({"product_name": "#VALUE!"}, "产品名称单元格为公式错误或无计算结果（#VALUE!），请改为直接填写内容"),
    ],
)  # fmt: skip
def test_messages_name_the_values_and_what_to_do(
    changes: dict[str, Any], message: str, sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    failed = rule_set().check(batch_of([sound_row(**changes)])).failed.to_dicts()[0]
    assert failed["messages"][0].startswith(message)
    assert "{" not in "".join(failed["messages"])


def test_a_row_of_another_group_is_told_the_group_of_the_application_and_nothing_else(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    checked = rule_set(batch_group="2310").check(batch_of([sound_row()]))
    assert codes_of(checked) == {3: ["E02 variety_name"]}
    assert checked.failed["messages"].to_list() == [
        ["同一申请批次只能登记一种设备品种：本批次为无缝气瓶，本行为焊接气瓶，请另建批次"]
    ]


def test_the_first_readable_variety_sets_the_group_even_when_its_row_fails(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    rules: RuleSet = rule_set()
    first = batch_of([sound_row(variety_name="不详"), sound_row(**OXYGEN | unique(1), serial_no=None)])
    later = batch_of([sound_row(serial_no="9", **unique(2))], first_row=5)
    assert codes_of(rules.check(first)) == {3: ["E04 variety_name"], 4: ["E01 serial_no"]}
    assert codes_of(rules.check(later)) == {5: ["E02 variety_name"]}
    assert rules.batch_group == "2310"


def test_leaves_of_one_variety_belong_to_one_group(sound_row: Make, batch_of: Make, rule_set: Make) -> None:
    acetylene = OXYGEN | {
        "variety_name": "内装填料气瓶", "product_name": "溶解乙炔气瓶", "medium_name": "乙炔",
        "nominal_pressure_mpa": "1.52", "test_pressure_mpa": "2.5",
    }  # fmt: skip
    liquid = OXYGEN | {
        "variety_name": "低温绝热", "product_name": "焊接绝热气瓶", "medium_name": "液氧",
        "nominal_pressure_mpa": "1.6", "test_pressure_mpa": "2.4",
    }  # fmt: skip
    rows = [sound_row(**acetylene), sound_row(**liquid | unique(2), serial_no="2")]
    assert rule_set().check(batch_of(rows)).ok["variety_code"].to_list() == ["23T0-P", "23T0-C"]


def test_past_the_design_life_is_a_warning_in_an_application_for_it(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    rules = rule_set(registration_reason="DESIGN_LIFE_REACHED")
    assert codes_of(rules.check(batch_of([sound_row(manufacture_ym="2018-10")]))) == {3: ["W22"]}


@pytest.mark.parametrize(("made", "expired"), [("2018-11", False), ("2018-10", True)])
def test_a_design_life_ends_with_its_month(
    made: str, expired: bool, sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    row = sound_row(manufacture_ym=made, next_inspection_date="2026-11-24")
    found = codes_of(rule_set().check(batch_of([row])))
    assert ("E22 design_life_years" in found[3]) is expired


@pytest.mark.parametrize(
    ("due", "codes"),
    [
        ("2026-11-23", ["E24 next_inspection_date"]),
        ("2026-11-24", ["W24"]),
        ("2026-11", ["W24"]),
        ("2026-12-23", ["W24"]),
        ("2026-12-24", []),
        ("2026-10", ["E24 next_inspection_date"]),
    ],
)
def test_the_next_inspection_is_overdue_the_day_after_and_near_for_less_than_thirty_days(
    due: str, codes: list[str], sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    found = codes_of(rule_set().check(batch_of([sound_row(next_inspection_date=due)])))
    assert found.get(3, []) == codes


def test_beyond_the_cap_a_soft_rule_gives_the_error_alone(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    checked = rule_set().check(batch_of([sound_row(**OXYGEN | {"next_inspection_date": "2031-04"})]))
    assert codes_of(checked) == {3: ["E25 next_inspection_date"]}
    assert "2031-03（检验周期60个月）" in checked.failed["messages"].to_list()[0][0]


def test_without_a_rule_the_cap_still_holds(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    mixture = OXYGEN | {"medium_name": "混合气", "next_inspection_date": "2031-04"}
    checked = rule_set().check(batch_of([sound_row(**mixture)]))
    assert codes_of(checked) == {3: ["E25 next_inspection_date", "W28 variety_name"]}


def test_a_later_row_with_the_same_identity_names_the_first_also_across_batches(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    rules: RuleSet = rule_set()
    first = batch_of([sound_row(**unique(0)), sound_row(**unique(1), serial_no="230500 12345")])
    later = batch_of([sound_row(**unique(2), manufacturer_name="某某压力容器有限责任公司")], first_row=900)
    assert codes_of(rules.check(first)) == {4: ["E09 serial_no"]}
    checked = rules.check(later)
    assert codes_of(checked) == {900: ["E09 serial_no"]}
    assert checked.failed["messages"].to_list() == [
        ["与本文件第3行重复（制造单位+产品编号+制造年月相同），请删除其中一行"]
    ]


def test_a_failed_row_keeps_its_key_and_a_row_without_a_key_takes_no_part(
    sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    rows = [
        sound_row(**unique(0), ownership="借用"),
        sound_row(**unique(1), manufacture_ym="2023"),
        sound_row(**unique(2)),
    ]
    assert codes_of(rule_set().check(batch_of(rows))) == {
        3: ["E04 ownership"],
        4: ["E07 manufacture_ym"],
        5: ["E09 serial_no"],
    }


@pytest.mark.parametrize(
    ("code", "mark", "value"),
    [
        ("E14 qr_url", "qr_url", "HTTPS://QR.EXAMPLE.COM/same"),
        ("E20 hollow_code", "hollow_code", "ab 1"),
        ("E30 rfid_no", "rfid_no", "ab 1"),
        ("W12", "unit_serial_no", " CQ-1"),
    ],
)
def test_other_marks_stand_once_in_a_file(
    code: str, mark: str, value: str, sound_row: Make, batch_of: Make, rule_set: Make, codes_of: Make
) -> None:
    same = {
        "qr_url": "https://qr.example.com/same",
        "hollow_code": "AB1",
        "rfid_no": "AB1",
        "unit_serial_no": "CQ-1",
    }
    rows = [
        sound_row(serial_no="1", **unique(1) | {mark: same[mark]}),
        sound_row(serial_no="2", **unique(2) | {mark: value}),
    ]
    assert codes_of(rule_set().check(batch_of(rows))) == {4: [code]}


def test_a_copied_row_has_one_code_for_its_identity_and_one_for_each_mark(
    sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    failed = rule_set().check(batch_of([sound_row(), sound_row()])).failed.to_dicts()
    assert [row["codes"] for row in failed] == [["E09", "E20", "E14", "E30", "W12"]]


def test_rows_of_an_error_workbook_are_named_by_their_row_in_the_first_file(
    sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    rows = [
        sound_row(origin_row="812", **unique(1)),
        sound_row(origin_row="77", **unique(2)),
        sound_row(**unique(3)),
    ]
    checked = rule_set().check(batch_of(rows))
    assert checked.ok["origin_row"].to_list() == [812]
    assert checked.failed["origin_row"].to_list() == [77, None]
    assert {message for row in checked.failed["messages"] for message in row} == {
        "与原文件第812行重复（制造单位+产品编号+制造年月相同），请删除其中一行"
    }


@pytest.mark.parametrize(
    ("column", "code", "value", "corrected"),
    [("manufacture_ym", "E36", "2023.1", "2023-10"), ("serial_no", "E11", "123.5", "123.50")],
)
def test_an_error_workbook_uploaded_again_blames_the_same_number_until_it_is_changed(
    column: str,
    code: str,
    value: str,
    corrected: str,
    sound_row: Make,
    batch_of: Make,
    rule_set: Make,
    codes_of: Make,
) -> None:
    failed = rule_set().check(batch_of([sound_row(**{column: Cell(value, NUMBER)})])).failed.to_dicts()[0]
    carried = {
        "carried_codes": "\n".join(failed["codes"]),
        "carried_reasons": "\n".join(failed["messages"]),
    }
    again = rule_set().check(batch_of([sound_row(**{column: value}, **carried)]))
    assert codes_of(again) == {3: [f"{code} {column}"]}
    assert rule_set().check(batch_of([sound_row(**{column: corrected}, **carried)])).failed.is_empty()


def test_stored_rows_are_normalised_and_exact(sound_row: Make, batch_of: Make, rule_set: Make) -> None:
    row = sound_row(
        manufacturer_name=" 某某　压力容器（重庆）有限公司 ", serial_no="ab 12", manufacture_ym=Cell("2023.05", NUMBER),
        nominal_pressure_mpa=Cell("2.1", NUMBER), volume_l="３５．５", qr_url="HTTPS://QR.Example.com/A",
        last_inspection_date=Cell("2026-03-18", int(Kind.DATE)), next_inspection_date="2030年3月", medium_name="lpg",
    )  # fmt: skip
    stored = rule_set().check(batch_of([row])).ok.to_dicts()[0]
    assert str(stored["nominal_pressure_mpa"]) == "2.10"
    assert str(stored["volume_l"]) == "35.50"
    assert stored["last_inspection_date"] == date(2026, 3, 18)
    assert {name: stored[name] for name in ("manufacture_ym", "next_inspection_date", "medium_code")} == {
        "manufacture_ym": "2023-05", "next_inspection_date": "2030-03", "medium_code": "LPG",
    }  # fmt: skip
    assert (stored["manufacturer_name"], stored["serial_no"]) == ("某某 压力容器(重庆)有限公司", "AB12")
    assert (stored["qr_url"], stored["design_life_years"]) == ("https://qr.example.com/A", 8)
    assert stored["ownership"] == "OWNED"


def test_codes_count_rows_once_even_when_several_columns_have_the_same(
    sound_row: Make, batch_of: Make, rule_set: Make
) -> None:
    rows = [sound_row(serial_no=None, product_name=None, **unique(1)), sound_row(qr_url=None, serial_no="2")]
    checked: CheckedBatch = rule_set().check(batch_of(rows))
    assert checked.codes == {"E01": 2}


def test_every_hundredth_becomes_its_exact_decimal(sound_row: Make, batch_of: Make, rule_set: Make) -> None:
    texts = [f"{units / 100:.2f}" for units in range(48, 300_000, 731)]
    rows = [sound_row(serial_no=str(i), volume_l=text, **unique(i)) for i, text in enumerate(texts)]
    stored: pl.DataFrame = rule_set().check(batch_of(rows)).ok
    assert [str(value) for value in stored["volume_l"].to_list()] == texts


ELSEWHERE = {"E02", "E09", "E10", "E14", "E19", "E20", "E21", "E28", "E29", "E30", "E31", "W12", "W22"}
"""Codes that need other rows, an application or the database: test_importer_loading and the tests above."""


def test_every_code_of_the_registry_is_produced_by_a_test(references: References) -> None:
    of_rows = {expected.split()[0].partition(":")[0] for expected, _ in ONE_CAUSE}
    of_files = {case.refused[0] for case in CASES if case.refused}
    of_files |= {code for case in CASES for code in case.file_codes}
    assert of_rows | of_files | ELSEWHERE == set(references.codes)


def test_rules_hold_from_their_day_to_their_last_day(sound_row: Make, batch_of: Make, codes_of: Make) -> None:
    """LPG: 48 months until the end of 2026, 36 from then on; the product reads its dated rows for the day."""

    def rows(name: str, day: date) -> tuple[dict[str, str], ...]:
        every = list(seed_rows(name))
        if name == "inspection_rules":
            lpg = next(row for row in every if row["subkind"] == "lpg_ysp")
            every.remove(lpg)
            every.append(lpg | {"valid_to": "2026-12-31"})
            every.append(lpg | {"valid_from": "2027-01-01", "interval_months": "36"})
        return rows_valid_on(tuple(every), day)

    found = {}
    for day in (date(2026, 12, 31), date(2027, 1, 1)):
        rules = RuleSet(references_on(day, rows), today=day, registration_reason="NEW", batch_group=None)
        found[day.year] = codes_of(rules.check(batch_of([sound_row()])))
    assert found == {2026: {}, 2027: {3: ["E25 next_inspection_date"]}}

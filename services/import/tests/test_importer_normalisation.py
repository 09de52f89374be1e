"""Normalisation, identity, months and numbers against the shared vectors, and their laws by hypothesis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.domain.cells import Cell, Kind
from importer.domain.identity import digest, identity_key, norm_manufacturer, norm_serial
from importer.domain.months import (
    add_months,
    end_of_month,
    month_of,
    month_text,
    read_day,
    read_due,
    read_month,
)
from importer.domain.numbers import decimal_text, read_decimal
from importer.domain.numerals import read_numeral
from importer.domain.text import norm_name, norm_text, norm_url, one_line

KINDS = {"text": 0, "number": int(Kind.NUMBER), "date": int(Kind.DATE)}


def cell_of(vector: dict[str, Any]) -> Cell:
    return Cell(str(vector["value"]), KINDS[vector["cell"]])


def key_of(parts: dict[str, str]) -> str:
    month = read_month(Cell(parts["manufacture_ym"])).value
    assert month is not None
    return identity_key(parts["manufacturer_name"], parts["serial_no"], month_text(month).replace("-", ""))


def test_every_identity_vector_gives_its_key_and_same_keys_mean_same_cylinders(
    vectors: dict[str, Any],
) -> None:
    for vector in vectors["identity_key"]:
        keys = key_of(vector["a"]), key_of(vector["b"])
        assert keys == (vector["key_a"], vector["key_b"]), vector["note"]
        assert (digest(keys[0]) == digest(keys[1])) is vector["same"], vector["note"]


def test_every_month_vector_is_read_as_it_says(vectors: dict[str, Any]) -> None:
    this_month, first = month_of(date(2026, 11, 24)), month_of(date(1970, 1, 1))
    for vector in vectors["month"]:
        read = read_month(cell_of(vector), bool(vector.get("date1904")))
        if "expect" in vector:
            assert read.fault is None, vector
            assert month_text(read.value or 0) == vector["expect"], vector
        elif vector["error"] == "E01":
            assert read == (None, None), vector
        elif vector["error"] == "E08":
            assert (read.value or 0) > this_month, vector
        elif vector["error"] == "E32":
            assert 0 < (read.value or 0) < first, vector
        else:
            assert read.fault == vector["error"], vector


def test_every_add_months_vector(vectors: dict[str, Any]) -> None:
    for vector in vectors["add_months"]:
        moved = add_months(date.fromisoformat(vector["from"]), vector["months"])
        assert moved.isoformat() == vector["to"], vector


def test_number_cells_in_serial_numbers_as_the_vectors_say(vectors: dict[str, Any]) -> None:
    for vector in vectors["serial_no"]["number_cells"]:
        raw = vector["raw"]
        text = f"{raw:.15G}" if abs(raw) >= 1e15 else f"{Decimal(repr(raw)).normalize():f}"
        read = read_numeral(Cell(text, Kind.NUMBER))
        if vector["code"] == "W08":
            assert read == (vector["text"], None, True), vector
        else:
            assert read.fault == vector["code"], vector


@pytest.mark.parametrize("text", ["3.5E+11", "3.5e+11", "１.２E+15", "-2E+20"])
def test_text_in_scientific_notation_has_lost_digits(text: str) -> None:
    assert read_numeral(Cell(text)).fault == "E11"


@pytest.mark.parametrize("text", ["12E5", "A-1", "3.5E-1", "E+"])
def test_serial_numbers_that_only_look_like_scientific_notation_are_text(text: str) -> None:
    assert read_numeral(Cell(text)).fault is None


def test_a_date_cell_in_a_number_column_was_changed_by_excel() -> None:
    assert read_numeral(Cell("2023-05-01", Kind.DATE)).fault == "E11"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (Cell("2026-03-18"), "2026-03-18"),
        (Cell("2026年3月8日"), "2026-03-08"),
        (Cell("20260318", Kind.NUMBER), "2026-03-18"),
        (Cell("46099", Kind.NUMBER), "2026-03-18"),
        (Cell("46099.75", Kind.NUMBER), "2026-03-18"),
        (Cell("2026-03-18 00:00:00", Kind.DATE), "2026-03-18"),
        (Cell("2026-03-18 09:30:00", Kind.DATE), "2026-03-18"),
    ],
)
def test_a_last_inspection_is_a_full_day(cell: Cell, expected: str) -> None:
    assert read_day(cell).value == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "cell",
    [Cell("2026-03"), Cell("202603", Kind.NUMBER), Cell("2026.03", Kind.NUMBER), Cell("8:30", Kind.OTHER)],
)
def test_a_month_is_no_last_inspection(cell: Cell) -> None:
    assert read_day(cell).fault == "E07"


def test_a_next_inspection_is_a_month_or_a_day_and_a_month_lasts_to_its_end() -> None:
    month, day = read_due(Cell("203002", Kind.NUMBER)).value, read_due(Cell("2030/2/3")).value
    assert month == ("2030-02", date(2030, 2, 28))
    assert day == ("2030-02-03", date(2030, 2, 3))
    assert read_due(Cell("2030.5", Kind.NUMBER)).fault == "E07"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("2.10", 210),
        ("２．１", 210),
        ("35.499999999999996", 3550),
        ("0.1", 10),
        ("5.", 500),
        ("1E2", 10000),
        ("-1", -100),
    ],
)
def test_decimals_are_exact_hundredths_and_the_noise_of_floats_goes(text: str, units: int) -> None:
    assert read_decimal(Cell(text), 2) == (units, None)


@pytest.mark.parametrize(
    "text", ["2.105", "2,1", "2.1MPa", "abc", "1.2.3", "--1", "1E99", "TRUE", "inf", "nan", "."]
)
def test_what_is_no_number_or_too_fine_is_a_fault(text: str) -> None:
    assert read_decimal(Cell(text), 2).fault == "E05"


def test_a_whole_number_has_no_decimals() -> None:
    assert read_decimal(Cell("8.0"), 0).value == 8
    assert read_decimal(Cell("8.5"), 0).fault == "E05"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" HTTPS://QR.Example.com/c/Ab ", "https://qr.example.com/c/Ab"),
        ("http://例子.中国/瓶?x=1#y", "http://例子.中国/瓶?x=1#y"),
        ("https://User:Pw@Host.example:8080/X", "https://User:Pw@host.example:8080/X"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("\ufeffhttps://qr.example.com", "https://qr.example.com"),
    ],
)
def test_a_url_keeps_its_path_and_loses_the_case_of_scheme_and_host(typed: str, stored: str) -> None:
    assert norm_url(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "qr.example.com/c/1",
        "ftp://a/b",
        "https://",
        "https:///c",
        "https://?q",
        "https://a b/c",
        "https://a/b c",
        "x",
        "http://a:port/",
        "https://a/b\nc",
        "https://@/x",
    ],
)
def test_what_is_no_absolute_http_url_is_refused(typed: str) -> None:
    assert norm_url(typed) is None


@given(st.text(max_size=40))
def test_normalised_text_stays_as_it_is_and_holds_no_stray_blanks(text: str) -> None:
    once = norm_text(text)
    assert norm_text(once) == once
    assert once == once.strip()
    assert not any(stray in once for stray in ("  ", "\n", "\u200b"))


@given(st.text(max_size=30), st.text(max_size=30))
def test_spaces_and_case_never_make_another_serial_number(left: str, right: str) -> None:
    assert norm_serial(f"A{left} \t{right}") == norm_serial(f"a{left}{right}".replace("a", "A", 1))


@given(st.text(max_size=30))
def test_the_long_form_of_a_limited_company_is_the_short_one(name: str) -> None:
    assert norm_manufacturer(f"{name}厂有限责任公司") == norm_manufacturer(f" {name}厂有限公司")


@given(st.text(max_size=20), st.text(max_size=20))
def test_parts_of_a_key_never_flow_into_each_other(name: str, other: str) -> None:
    keys = identity_key(name, "A1", "202305"), identity_key(other, "A1", "202305")
    assert (keys[0] == keys[1]) is (norm_manufacturer(name) == norm_manufacturer(other))
    assert keys[0].rsplit("|", 2)[1:] == ["A1", "202305"]


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2099, 12, 31)))
def test_a_day_is_read_the_same_however_it_is_written(day: date) -> None:
    serial = str((day - date(1899, 12, 30)).days)
    written = [
        Cell(day.isoformat()),
        Cell(f"{day.year}/{day.month}/{day.day}"),
        Cell(f"{day.year}年{day.month}月{day.day}日"),
        Cell(f"{day:%Y%m%d}", Kind.NUMBER),
        Cell(serial, Kind.NUMBER),
        Cell(day.isoformat(), Kind.DATE),
    ]
    assert {read_day(cell).value for cell in written} == {day}
    assert {read_month(cell).value for cell in written} == {month_of(day)}
    assert read_day(Cell(str(int(serial) - 1462), Kind.NUMBER), date1904=True).value == day


@given(st.text(max_size=20), st.sampled_from([0, *Kind]))
def test_no_text_breaks_the_reading_of_months_dates_and_numbers(text: str, kind: int) -> None:
    cell = Cell(text, int(kind))
    for read in (read_month(cell), read_day(cell), read_due(cell), read_decimal(cell, 2)):
        assert read.value is None or read.fault is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)), st.integers(0, 600))
def test_adding_months_lands_in_that_month_on_the_same_or_its_last_day(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert month_of(moved) == month_of(day) + months
    assert moved.day == day.day or moved == end_of_month(month_of(moved)) < date.max


@given(st.integers(-(10**8), 10**8), st.integers(0, 4))
def test_a_written_number_is_read_back(units: int, scale: int) -> None:
    assert read_decimal(Cell(decimal_text(units, scale)), scale).value == units


def test_names_of_lists_are_compared_without_spaces_and_case() -> None:
    assert norm_name(" 液化 石油气 ") == "液化石油气"
    assert norm_name("lpg") == "LPG"


def test_a_quoted_value_is_one_line_of_at_most_fifty_characters() -> None:
    assert one_line("a\r\nb" + "c" * 60) == "a b" + "c" * 47

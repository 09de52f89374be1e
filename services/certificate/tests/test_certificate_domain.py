"""Numbers, licence identifiers, contents and public facts of certificates, by the shared vectors."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificate.domain import licence_identifier, number_template, verification_payload
from certificate.domain.contents import (
    SUMMARY_HEADINGS,
    CertificateContents,
    SummaryCylinder,
    SummaryFooter,
    common_product_name,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fixtures" / "certificate_vectors.json").read_text("utf-8")
)
NUMBERS, SERIALS, CHECKS = (VECTORS[k] for k in ("certificate_number", "certificate_serial", "mod_37_36"))
CYLINDER = SummaryCylinder("焊接气瓶", "T-001", "液化石油气", "示例制造厂", "2024-05", "2.1", "35.5")
CONTENTS = CertificateContents(
    number="瓶32渝A0100001(26)",
    unit_name="示例气体有限公司",
    credit_code="91500000EXAMPLE001",
    variety="焊接气瓶",
    product_name="气瓶",
    use_place="重庆市示例路1号",
    authority="示例区市场监督管理局",
    issued_on=date(2026, 6, 1),
    licence_identifier="1.2.156.3005.2.X",
    footer=SummaryFooter(date(2026, 5, 1), "示例甲", "00000000000", "a@example.com"),
    cylinders=[CYLINDER, replace(CYLINDER, serial_no="T-002", rfid_no="R1")],
)


@pytest.mark.parametrize("case", NUMBERS["ok"], ids=lambda c: c["value"])
def test_a_number_is_read_as_people_write_it(case: dict[str, str]) -> None:
    number = number_template.parse_number(case["value"])
    assert str(number) == case["canonical"]
    assert (number.prefix, number.cert_code) == (case["prefix"], case["authority"])
    assert (number.serial, number.yy) == (case["serial"], case["yy"])


@pytest.mark.parametrize("case", NUMBERS["fail"], ids=lambda c: c["note"])
def test_other_text_is_no_number(case: dict[str, str]) -> None:
    with pytest.raises(number_template.NotANumber):
        number_template.parse_number(case["value"])


@pytest.mark.parametrize("case", SERIALS["ok"], ids=lambda c: c["serial"])
def test_a_counter_has_its_five_characters(case: dict[str, Any]) -> None:
    assert number_template.serial5(case["n"]) == case["serial"]


@pytest.mark.parametrize("case", SERIALS["fail"], ids=lambda c: str(c["n"]))
def test_a_counter_out_of_range_stops_the_issue(case: dict[str, Any]) -> None:
    with pytest.raises(number_template.SerialExhausted):
        number_template.serial5(case["n"])


@given(
    prefix=st.sampled_from(["瓶31", "瓶32", "瓶3T"]),
    code=st.from_regex(r"[A-Z0-9]{1,3}", fullmatch=True),
    n=st.integers(1, number_template.SERIAL_MAX),
    year=st.integers(2000, 2099),
)
def test_a_number_that_was_made_is_read_back(prefix: str, code: str, n: int, year: int) -> None:
    number = number_template.format_number(prefix, code, n, year)
    assert number_template.parse_number(str(number)) == number
    assert number.serial == number_template.serial5(n)


@pytest.mark.parametrize("parts", [("瓶33", "A01", 2026), ("瓶32", "ABCD", 2026), ("瓶32", "A01", 26)])
def test_parts_that_no_reader_accepts_make_no_number(parts: tuple[str, str, int]) -> None:
    with pytest.raises(number_template.NotANumber):
        number_template.format_number(parts[0], parts[1], 1, parts[2])


@pytest.mark.parametrize("case", CHECKS["valid"], ids=lambda c: c["identifier"])
def test_a_licence_identifier_carries_its_check_character(case: dict[str, str]) -> None:
    *_, type_code, issuer, serial, version, check = case["identifier"].split(".")
    made = licence_identifier.LicenceIdentifier(type_code, issuer, serial, int(version))
    assert str(made) == case["identifier"]
    assert licence_identifier.check_character(case["body"]) == check == case["check"]


@pytest.mark.parametrize("case", CHECKS["invalid"], ids=lambda c: c["note"])
def test_a_changed_licence_identifier_is_found_out(case: dict[str, str]) -> None:
    assert not licence_identifier.is_valid(case["value"])
    assert licence_identifier.is_valid(case["value"][:-1] + case["expected_check"])


def test_summary_rows_have_the_thirteen_columns() -> None:
    first, second = CONTENTS.summary_rows()
    assert len(first) == len(SUMMARY_HEADINGS) == 13
    assert (first[0], first[11], first[12]) == ("1", "新增", "无")
    assert (second[0], second[2], second[12]) == ("2", "T-002", "有")


def test_a_certificate_without_cylinders_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        replace(CONTENTS, cylinders=[])


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["甲瓶", "甲瓶"], "甲瓶"), (["甲瓶", "乙瓶"], "气瓶"), ([""], "气瓶"), ([], "气瓶")],
)
def test_a_batch_has_its_common_product_name(names: list[str], expected: str) -> None:
    assert common_product_name(names) == expected


def test_public_facts_hold_no_personal_data() -> None:
    facts = verification_payload.public_facts(CONTENTS, "valid").as_json()
    assert set(facts) == {"number", "unit_name", "variety", "count", "issued_on", "authority", "state"}
    assert (facts["count"], facts["issued_on"]) == (2, "2026-06-01")
    text = json.dumps(facts, ensure_ascii=False)
    assert not any(secret in text for secret in ("示例甲", "00000000000", "a@example.com"))


def test_tokens_are_url_safe_and_never_the_same() -> None:
    tokens = {verification_payload.new_token(os.urandom) for _ in range(100)}
    assert len(tokens) == 100
    assert all(verification_payload.is_token(token) for token in tokens)
    with pytest.raises(ValueError, match="another number"):
        verification_payload.new_token(lambda n: b"x" * (n - 1))

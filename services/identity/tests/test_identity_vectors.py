"""The shared test vectors of domain.md sections 15 and 16, and properties around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.masking import mask
from identity import credit_code, id_card

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "fixtures" / "identity_vectors.json").read_text(encoding="utf-8")
)
GOOD_CODE = "91500103MA5U00011H"


@pytest.mark.parametrize("vector", VECTORS["uscc"]["valid"], ids=lambda v: v["value"])
def test_valid_credit_codes_are_read_with_their_check_characters(vector: dict[str, Any]) -> None:
    code = credit_code.read_credit_code(vector["value"])
    assert (code.value, code.fault, code.message) == (vector["normalised"], None, None)
    assert credit_code.weighted_sum(code.value[:17]) == vector["weighted_sum"]
    assert credit_code.check_character(code.value[:17]) == vector["check"]
    assert credit_code.organisation_check_character(code.value[8:16]) == vector["organisation_check"]
    assert code.organisation_ok == (code.value[16] == vector["organisation_check"])


@pytest.mark.parametrize("vector", VECTORS["uscc"]["invalid"], ids=lambda v: v["note"])
def test_invalid_credit_codes_name_their_first_fault(vector: dict[str, Any]) -> None:
    code = credit_code.read_credit_code(vector["value"])
    assert code.fault == vector["error"]
    assert code.message == credit_code.MESSAGES[vector["error"]]


def test_a_wrong_check_character_leaves_the_parts_readable_and_a_bad_charset_does_not() -> None:
    wrong_check = credit_code.read_credit_code(GOOD_CODE[:-1] + "J")
    assert (wrong_check.fault, wrong_check.region, wrong_check.organisation_code) == (
        "check",
        "500103",
        "MA5U00011",
    )
    odd = credit_code.read_credit_code("9150010AMA5U00011H")
    assert (odd.region, odd.organisation_code, odd.organisation_ok) == (None, None, False)


def test_a_wrong_organisation_check_is_only_a_warning() -> None:
    first17 = GOOD_CODE[:16] + "2"
    code = credit_code.read_credit_code(first17 + credit_code.check_character(first17))
    assert (code.fault, code.organisation_ok) == (None, False)


@given(position=st.integers(0, 17), replacement=st.sampled_from(credit_code.ALPHABET))
def test_any_single_changed_character_of_a_credit_code_is_noticed(position: int, replacement: str) -> None:
    changed = GOOD_CODE[:position] + replacement + GOOD_CODE[position + 1 :]
    assert (credit_code.read_credit_code(changed).fault is None) == (changed == GOOD_CODE)


@given(st.text(max_size=24))
def test_any_text_is_read_as_a_credit_code_or_named_a_fault(text: str) -> None:
    code = credit_code.read_credit_code(text)
    assert code.fault in credit_code.MESSAGES or len(code.value) == 18
    assert (code.message is None) == (code.fault is None)


@given(st.text(max_size=14))
def test_text_too_short_for_an_id_card_is_refused_whatever_it_holds(text: str) -> None:
    with pytest.raises(id_card.InvalidIdCard, match="18位"):
        id_card.read_id_card(text)


@pytest.mark.parametrize("letter", ["ı", "ß", "٣", "①", "Ⅹ"])
def test_letters_and_digits_of_other_scripts_are_not_folded_into_a_code(letter: str) -> None:
    assert credit_code.read_credit_code(letter + GOOD_CODE[1:]).fault == "charset"
    with pytest.raises(id_card.InvalidIdCard) as refused:
        id_card.read_id_card(letter + "1010519491231002X"[:17])
    assert refused.value.fault == "charset"


@pytest.mark.parametrize("vector", VECTORS["id_card"]["valid"], ids=lambda v: v["note"])
def test_valid_id_cards_are_read_in_upper_case(vector: dict[str, str]) -> None:
    assert id_card.read_id_card(vector["value"]) == vector["value"].upper()


@pytest.mark.parametrize("vector", VECTORS["id_card"]["invalid"], ids=lambda v: v["note"])
def test_invalid_id_cards_name_their_first_fault_and_never_the_number(vector: dict[str, str]) -> None:
    with pytest.raises(id_card.InvalidIdCard) as refused:
        id_card.read_id_card(vector["value"])
    assert refused.value.fault == vector["error"]
    assert vector["value"] not in str(refused.value)


@pytest.mark.parametrize("vector", VECTORS["mask"], ids=lambda v: v["value"])
def test_masks_follow_the_vectors(vector: dict[str, Any]) -> None:
    assert mask(vector["kind"], vector["value"]) == vector["masked"]


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("mobile", "1381234567", "***"),
        ("landline", "023-00000100", "023-****0100"),
        ("landline", "02300000100", "023-****0100"),
        ("landline", "00000100", "***"),
        ("id_card", "5001011990", "***"),
        ("id_card", "50010119900101123x", "500***********123x"),
        ("email", "z@example.com", "***@example.com"),
        ("email", "zhangsan", "***"),
        ("email", "@example.com", "***@example.com"),
        ("name", "  ", ""),
        ("name", " 张三 ", "张*"),
    ],
)
def test_values_of_another_shape_are_covered(kind: Any, value: str, masked: str) -> None:
    assert mask(kind, value) == masked

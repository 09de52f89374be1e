"""Formats of phones and postcodes."""

from __future__ import annotations

import pytest

from identity.phones import FORMATS, InvalidContact, Kind, is_chongqing_postcode, read_contact


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("mobile", "13812345678", "13812345678"),
        ("mobile", " 138 1234 5678 ", "13812345678"),
        ("mobile", "１３８１２３４５６７８", "13812345678"),
        ("landline", "023-00000100", "023-00000100"),
        ("landline", "0999－1234567", "0999-1234567"),
        ("landline", "02300000100", "02300000100"),
        ("phone", "13812345678", "13812345678"),
        ("phone", "023-00000100", "023-00000100"),
        ("postcode", "400010", "400010"),
    ],
)
def test_numbers_are_read_as_people_type_them(kind: Kind, text: str, value: str) -> None:
    assert read_contact(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("mobile", "12812345678"),
        ("mobile", "1381234567"),
        ("mobile", "138123456789"),
        ("mobile", "١٣٨١٢٣٤٥٦٧٨"),
        ("mobile", "023-00000100"),
        ("landline", "00000100"),
        ("landline", "023--00000100"),
        ("landline", "13812345678"),
        ("phone", ""),
        ("phone", "12345"),
        ("postcode", "40001"),
        ("postcode", "4000100"),
    ],
)
def test_other_numbers_are_refused_with_what_to_do(kind: Kind, text: str) -> None:
    with pytest.raises(InvalidContact) as refused:
        read_contact(kind, text)
    assert (refused.value.kind, str(refused.value)) == (kind, FORMATS[kind][1])


def test_chongqing_postcodes_are_known() -> None:
    assert is_chongqing_postcode("400010")
    assert not is_chongqing_postcode("610000")

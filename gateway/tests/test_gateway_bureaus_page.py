"""The page with the contacts of the authorities."""

from __future__ import annotations

from typing import Any

from contracts.call import Page
from contracts.errors import AppError
from contracts.identity import Authority, ListAuthorities


def authority(name: str, pilot: bool, phone: str = "023-0000 0157") -> Authority:
    return Authority(code=name, name=name, cert_code="A01", phone=phone, district_code="500103", pilot=pilot)


def test_authorities_stand_with_their_phones_the_pilot_ones_first(client: Any, transport: Any) -> None:
    items = [authority("甲局<i>", pilot=False, phone=""), authority("乙局", pilot=True)]
    transport.answer(ListAuthorities, Page[Authority](items=items, total=2))
    answer = client.get("/bureaus")
    assert answer.status_code == 200
    assert answer.text.index("乙局") < answer.text.index("甲局")
    assert 'href="tel:023-00000157"' in answer.text
    assert "未登记电话" in answer.text
    assert "<i>" not in answer.text


def test_a_list_that_can_not_be_had_is_said_so(client: Any, transport: Any) -> None:
    transport.answer(ListAuthorities, AppError("UPSTREAM_TIMEOUT"))
    answer = client.get("/bureaus")
    assert answer.status_code == 503
    assert "请稍后" in answer.text

"""What visitors learn of a certificate: the public facts and nothing of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Database
from contracts.certificate import (
    CreateCertificate,
    FindCertificate,
    FindCylinderInCertificate,
    VerifyToken,
)
from contracts.errors import AppError

New = Callable[..., CreateCertificate]


def token_in(url: str) -> str:
    return url.rpartition("/")[2]


def test_the_token_of_the_qr_code_leads_to_the_public_facts(ask: Any, issued: Any) -> None:
    shown = issued(4, refused=("c1",))
    found = ask(VerifyToken(token=token_in(shown.verify_url)), "gateway")
    assert found.model_dump(mode="json") == {
        "number": shown.number, "unit_name": "示例气体有限公司", "variety": "焊接气瓶", "count": 3,
        "issued_on": "2026-11-24", "authority": "重庆市渝中区市场监督管理局", "state": "valid", "state_name": "有效",
    }  # fmt: skip


@pytest.mark.parametrize(
    "written", ["瓶32渝A0300001(26)", "瓶32渝a0300001（26）", " 瓶３２渝A03 00001 (26) "]
)
def test_a_number_is_found_as_people_write_it(ask: Any, issued: Any, written: str) -> None:
    shown = issued()
    assert ask(FindCertificate(number=written), "gateway").number == shown.number


@pytest.mark.parametrize("written", ["瓶32渝A0300002(26)", "not a number", ""])
def test_other_numbers_are_not_found(ask: Any, issued: Any, written: str) -> None:
    issued()
    with pytest.raises(AppError) as refused:
        ask(FindCertificate(number=written), "gateway")
    assert refused.value.code == "NOT_FOUND"


@pytest.mark.parametrize("token", ["A" * 32, "' or 1=1", "短"])
def test_other_tokens_are_not_found(ask: Any, issued: Any, token: str) -> None:
    issued()
    with pytest.raises(AppError) as refused:
        ask(VerifyToken(token=token), "gateway")
    assert refused.value.code == "NOT_FOUND"


def test_nothing_is_said_before_the_file_is_made(ask: Any, request_of: New) -> None:
    created = ask(request_of(), "review")
    for request in (
        VerifyToken(token=token_in(created.verify_url)),
        FindCertificate(number=created.number),
        FindCylinderInCertificate(token=token_in(created.verify_url), serial_no="N1"),
    ):
        with pytest.raises(AppError) as refused:
            ask(request, "gateway")
        assert refused.value.code == "NOT_FOUND"


def test_a_voided_certificate_says_so(ask: Any, issued: Any, database: Database) -> None:
    shown = issued()
    with database.engine.begin() as connection:
        connection.execute(text("update certificate set state = 'voided'"))
    found = ask(VerifyToken(token=token_in(shown.verify_url)), "gateway")
    assert (found.state, found.state_name) == ("voided", "已作废")


@pytest.mark.parametrize(
    ("written", "included"),
    [
        ("N2", True),
        (" n2 ", True),
        ("Ｎ２", True),
        ("'N2", True),
        ("N1", False),
        ("N", False),
        ("N22", False),
    ],
)
def test_a_cylinder_is_found_by_its_whole_number(ask: Any, issued: Any, written: str, included: bool) -> None:
    token = token_in(issued(3, refused=("c1",)).verify_url)
    found = ask(FindCylinderInCertificate(token=token, serial_no=written), "gateway")
    assert (found.included, found.count) == (included, int(included))


def test_a_cylinder_that_left_the_certificate_is_not_in_it_any_more(
    ask: Any, issued: Any, database: Database
) -> None:
    token = token_in(issued().verify_url)
    with database.engine.begin() as connection:
        connection.execute(
            text("update certificate_cylinder set valid_to = '2026-11-23' where serial_no = 'N1'")
        )
    answers = [
        ask(FindCylinderInCertificate(token=token, serial_no=serial_no), "gateway").included
        for serial_no in ("N1", "N2")
    ]
    assert answers == [False, True]


@pytest.mark.parametrize("who", ["unit", "bureau", "review"])
def test_only_the_gateway_asks_for_visitors(ask: Any, who: str) -> None:
    with pytest.raises(AppError) as refused:
        ask(VerifyToken(token="A" * 32), who)
    assert refused.value.code == "FORBIDDEN"

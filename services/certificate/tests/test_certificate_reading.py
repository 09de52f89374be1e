"""Who sees which certificate, the pages of the list, and the addresses of files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from contracts.certificate import (
    CreateCertificate,
    GetCertificate,
    GetCertificateFile,
    Holder,
    ListCertificates,
)
from contracts.errors import AppError

New = Callable[..., CreateCertificate]
SEEN_BY: dict[str, tuple[str, dict[str, str]]] = {
    "its unit": ("unit", {"unit_id": "unit-a"}),
    "its authority": ("bureau", {"authority_code": "AU-500103"}),
    "the municipality": ("municipal", {}),
}
NOT_FOR: dict[str, tuple[str, dict[str, str]]] = {
    "another unit": ("unit", {"unit_id": "unit-b"}),
    "a unit without a name": ("unit", {}),
    "another authority": ("bureau", {"authority_code": "AU-500106"}),
}


def code(refused: pytest.ExceptionInfo[AppError]) -> str:
    return refused.value.code


@pytest.mark.parametrize("reader", SEEN_BY)
def test_a_certificate_is_seen_by_whom_it_concerns(ask: Any, request_of: New, reader: str) -> None:
    created = ask(request_of(), "review")
    who, claims = SEEN_BY[reader]
    assert ask(GetCertificate(certificate_id=created.id), who, **claims) == created
    assert [one.id for one in ask(ListCertificates(), who, **claims).items] == [created.id]


@pytest.mark.parametrize("reader", NOT_FOR)
def test_to_others_it_is_not_there(ask: Any, request_of: New, reader: str) -> None:
    created = ask(request_of(), "review")
    who, claims = NOT_FOR[reader]
    for request in (GetCertificate(certificate_id=created.id), GetCertificateFile(certificate_id=created.id)):
        with pytest.raises(AppError) as refused:
            ask(request, who, **claims)
        assert code(refused) == "NOT_FOUND"
    listed = ask(ListCertificates(application_id=created.application_id), who, **claims)
    assert (listed.items, listed.total) == ([], 0)


def test_a_certificate_that_does_not_exist_is_not_found(ask: Any) -> None:
    with pytest.raises(AppError) as refused:
        ask(GetCertificate(certificate_id="none"), "municipal")
    assert code(refused) == "NOT_FOUND"


@pytest.mark.parametrize("who", ["admin", "gateway", "importer"])
def test_others_may_not_even_ask(ask: Any, who: str) -> None:
    with pytest.raises(AppError) as refused:
        ask(ListCertificates(), who)
    assert code(refused) == "FORBIDDEN"


def test_the_list_is_paged_newest_first(ask: Any, request_of: New) -> None:
    made = [ask(request_of(), "review").id for _ in range(5)]
    other = Holder(**{**request_of().holder.model_dump(), "unit_id": "unit-b"})
    ask(request_of(holder=other), "review")
    seen: list[str] = []
    cursor = None
    while True:
        page = ask(ListCertificates(limit=2, cursor=cursor), "unit", unit_id="unit-a")
        assert page.total == 5
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "页", "LTE=garbage", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_a_cursor_that_is_none_is_refused(ask: Any, cursor: str) -> None:
    with pytest.raises(AppError) as refused:
        ask(ListCertificates(cursor=cursor), "municipal")
    assert code(refused) == "VALIDATION"


@pytest.mark.parametrize("part", ["pdf", "annex"])
def test_while_it_is_made_the_file_is_being_prepared(ask: Any, request_of: New, part: Any) -> None:
    created = ask(request_of(), "review")
    with pytest.raises(AppError) as refused:
        ask(GetCertificateFile(certificate_id=created.id, part=part), "unit", unit_id="unit-a")
    assert code(refused) == "PREPARING"


@pytest.mark.parametrize(
    ("part", "begins", "name"),
    [
        ("pdf", b"%PDF-", "使用登记证_瓶32渝A0300001(26).pdf"),
        ("annex", b"PK", "气瓶基本信息汇总表_瓶32渝A0300001(26).xlsx"),
    ],
)
def test_the_file_comes_by_a_short_address_under_a_chinese_name(
    ask: Any, issued: Any, part: Any, begins: bytes, name: str
) -> None:
    shown = issued()
    link = ask(GetCertificateFile(certificate_id=shown.id, part=part), "unit", unit_id="unit-a")
    answer = httpx.get(link.url, timeout=10)
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert unquote(answer.headers["content-disposition"]).endswith(name)

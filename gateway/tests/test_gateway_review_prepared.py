"""审核附件 before its pages are there: the page says why, as the review service does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import AppError
from contracts.identity import Account, Session, SignIn
from contracts.review import Application, GetApplication, GetReview

HTML = {"Accept": "text/html"}
APPLICATION = {
    "id": "a-1", "application_no": "SQ-1", "category": "2300", "registration_reason": "NEW", "state": "submitted",
    "version": 1, "unit_id": "u-1", "unit_name": "示例充装站", "district_code": "500103", "attempt": 1,
    "variety_group": "2320", "state_name": "待受理", "authority_code": "500103",
    "created_at": "2026-11-24T14:00:00+08:00",
}  # fmt: skip


@pytest.mark.parametrize("why", ["审核数据正在准备。", "审核数据的准备多次中断。"])
def test_the_page_says_why_there_is_nothing_yet(
    client: Any, transport: Any, token_of: Callable[..., str], why: str
) -> None:
    account = Account(id="a-bureau", username="demo-bureau", role="bureau")
    token = token_of("bureau")
    transport.answer(
        SignIn, Session(access_token=token, expires_in=300, refresh_token="r-1", account=account)
    )
    transport.answer(GetApplication, Application.model_validate(APPLICATION))
    transport.answer(GetReview, AppError("PREPARING", why))
    form = client.get("/login", headers=HTML).text
    csrf = form.partition('name="csrf" value="')[2].partition('"')[0]
    client.post("/login", data={"csrf": csrf, "username": "demo", "password": "pass word"}, headers=HTML)
    page = client.get("/b/applications/a-1/review", headers=HTML)
    assert page.status_code == 200
    assert why in page.text

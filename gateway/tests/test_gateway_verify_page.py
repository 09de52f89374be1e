"""The page behind the QR code."""

from __future__ import annotations

import gzip
import re
from datetime import date
from typing import Any

import pytest

from contracts.certificate import CylinderInCertificate, FindCylinderInCertificate, Verification, VerifyToken
from contracts.errors import AppError


def facts(state: Any = "valid", unit_name: str = "重庆示例燃气有限公司") -> Verification:
    return Verification(
        number="瓶32渝A0100001(26)",
        unit_name=unit_name,
        variety="焊接气瓶",
        count=1241,
        issued_on=date(2026, 11, 24),
        authority="两江新区市场监督管理局（演示）",
        state=state,
        state_name="",
    )


@pytest.mark.parametrize(
    ("state", "word"), [("valid", "有效"), ("superseded", "已变更，请看新版"), ("voided", "已作废")]
)
def test_the_page_says_what_the_certificate_is(client: Any, transport: Any, state: str, word: str) -> None:
    transport.answer(VerifyToken, facts(state))
    answer = client.get("/verify/t-1")
    assert answer.status_code == 200
    assert f"<h2>{word}</h2>" in answer.text
    for text in ("瓶32渝A0100001(26)", "重庆示例燃气有限公司", "1,241", "2026 年 11 月 24 日"):
        assert text in answer.text
    assert "verify.pingzheng.example" in answer.text
    assert ("核对一只气瓶" in answer.text) == (state == "valid")


@pytest.mark.parametrize("token", ["unknown", "x" * 65])
def test_an_unknown_token_is_no_certificate(client: Any, token: str) -> None:
    answer = client.get(f"/verify/{token}")
    assert answer.status_code == 404
    assert "查无此证" in answer.text
    assert client.get(f"/api/v1/public/verifications/{token}").status_code == 404


@pytest.mark.parametrize("code", ["UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE", "INTERNAL"])
def test_a_service_that_is_away_says_nothing_about_the_certificate(
    client: Any, transport: Any, code: str
) -> None:
    transport.answer(VerifyToken, AppError(code))
    answer = client.get("/verify/t-1")
    assert answer.status_code == 503
    assert "不代表证书无效" in answer.text


@pytest.mark.parametrize(
    ("included", "text"), [(True, "26050012341 在本证内"), (False, "26050012341 不在本证内")]
)
def test_one_cylinder_is_looked_for(client: Any, transport: Any, included: bool, text: str) -> None:
    transport.answer(VerifyToken, facts())
    found = CylinderInCertificate(serial_no="26050012341", included=included, count=int(included))
    transport.answer(FindCylinderInCertificate, found)
    assert text in client.get("/verify/t-1?serial_no=26050012341").text
    answer = client.get("/api/v1/public/verifications/t-1/cylinders?serial_no=26050012341")
    assert answer.json()["included"] is included


def test_what_comes_from_outside_is_never_markup(client: Any, transport: Any) -> None:
    transport.answer(VerifyToken, facts(unit_name="<script>alert(1)</script>"))
    transport.answer(FindCylinderInCertificate, AppError("NOT_FOUND"))
    answer = client.get('/verify/t-1?serial_no="><script>')
    assert "<script" not in answer.text
    transport.answer(
        FindCylinderInCertificate, CylinderInCertificate(serial_no='"><script>', included=False, count=0)
    )
    assert "<script" not in client.get('/verify/t-1?serial_no="><script>').text


def test_the_page_needs_nothing_but_its_own_style_and_is_small(client: Any, transport: Any) -> None:
    transport.answer(VerifyToken, facts())
    answer = client.get("/verify/t-1")
    assert not re.search(r"<script|<style| style=| on\w+=|https?://", answer.text)
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    style = client.get(re.findall(r'href="(/static/[^"]+)"', answer.text)[0])
    assert style.headers["Content-Type"].startswith("text/css")
    assert "max-age" in style.headers["Cache-Control"]
    assert len(gzip.compress(answer.content)) + len(gzip.compress(style.content)) < 20_000


def test_verification_as_json_has_no_more_than_the_public_facts(client: Any, transport: Any) -> None:
    transport.answer(VerifyToken, facts("voided"))
    answer = client.get("/api/v1/public/verifications/t-1").json()
    assert answer["state"] == "voided"
    assert answer["issued_on"] == "2026-11-24"
    public = {"number", "unit_name", "variety", "count", "issued_on", "authority", "state", "state_name"}
    assert set(answer) == public


def test_alive_and_ready(client: Any, transport: Any) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"ready": True}
    transport.connected = False
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503

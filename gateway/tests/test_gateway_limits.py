"""How often visitors may try: counted by identity; 429 with Retry-After, and a picture code after wrong pairs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest

from contracts.call import Nothing
from contracts.certificate import CylinderInCertificate, FindCylinderInCertificate, Verification, VerifyToken
from contracts.errors import AppError
from contracts.identity import Captcha, CheckCaptcha, CountTries, NewCaptcha, Tries
from contracts.review import FindProgress

HTML = {"Accept": "text/html"}
PAIR = {"application_no": "CQ2026112400001", "credit_code_tail": "ABC123"}
NOT_FOUND = AppError("NOT_FOUND", "没有找到。请核对申请编号和信用代码后 6 位。")
FACTS = Verification(
    number="瓶32渝A0100001(26)",
    unit_name="重庆示例燃气有限公司",
    variety="焊接气瓶",
    count=1,
    issued_on=date(2026, 11, 24),
    authority="示例局",
    state="valid",
    state_name="有效",
)


@pytest.fixture
def counted(transport: Any) -> Counter[tuple[str, str]]:
    """Identity counts, as (what, who)."""
    tries: Counter[tuple[str, str]] = Counter()

    def count(call: CountTries) -> Tries:
        tries[call.what, call.who] += call.add
        return Tries(count=tries[call.what, call.who], seconds_left=42)

    transport.answers[CountTries] = count
    transport.answer(NewCaptcha, Captcha(id="c-2", image="UE5H", expires_in=300))
    transport.answer(CheckCaptcha, Nothing())
    transport.answer(FindProgress, NOT_FOUND)
    transport.answer(VerifyToken, FACTS)
    transport.answer(FindCylinderInCertificate, CylinderInCertificate(serial_no="1", included=False, count=0))
    return tries


def ask_page(client: Any, **more: str) -> Any:
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/progress", headers=HTML).text)
    assert csrf
    return client.post("/progress", data={"csrf": csrf[1], **PAIR, **more}, headers=HTML)


def test_after_three_wrong_pairs_each_question_needs_a_picture(
    client: Any, transport: Any, counted: Any
) -> None:
    assert ["图形验证码" in ask_page(client).text for _ in range(3)] == [False, False, True]
    answer = ask_page(client)
    assert answer.status_code == 403
    assert 'name="captcha_id" value="c-2"' in answer.text
    assert f'value="{PAIR["application_no"]}"' in answer.text
    assert sum(isinstance(each.call, FindProgress) for each in transport.asked) == 3
    ask_page(client, captcha_id="c-1", answer="ａcef3")
    asked = [each.call for each in transport.asked]
    assert CheckCaptcha(captcha_id="c-1", answer="acef3") in asked
    assert asked.count(FindProgress(**PAIR)) == 4


def test_programs_are_told_so_and_may_send_the_code(client: Any, transport: Any, counted: Any) -> None:
    address = "/api/v1/public/progress"
    told = [client.post(address, json=PAIR).json() for _ in range(4)]
    assert [each["code"] for each in told] == ["NOT_FOUND"] * 3 + ["CAPTCHA_REQUIRED"]
    assert [each["captcha"] for each in told] == [False, False, True, True]
    answer = client.post(address, json={**PAIR, "captcha": {"id": "c-1", "answer": "ACEF3"}})
    assert answer.json()["code"] == "NOT_FOUND"


def test_a_right_pair_costs_nothing(client: Any, transport: Any, counted: Any) -> None:
    for _ in range(5):
        transport.answer(FindProgress, AppError("UPSTREAM_TIMEOUT"))
        assert client.post("/api/v1/public/progress", json=PAIR).status_code == 504
    assert sum(counted.values()) == 0


def test_too_many_wrong_pairs_end_in_429_for_people_and_programs(client: Any, counted: Any) -> None:
    counted["progress-wrong", "127.0.0.1"] = 30
    answer = client.post("/api/v1/public/progress", json=PAIR)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "42")
    page = ask_page(client)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "42")
    assert "操作过于频繁，请 <span data-countdown>42</span> 秒后再试。" in page.text


def test_a_certificates_cylinders_can_not_be_counted_out(client: Any, counted: Any) -> None:
    address = "/api/v1/public/verifications/t-1/cylinders?serial_no=1"
    assert [client.get(address).status_code for _ in range(11)] == [200] * 10 + [429]
    page = client.get("/verify/t-1?serial_no=1", headers=HTML)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "42")
    assert "<h2>有效</h2>" in page.text
    assert "操作过于频繁，请42秒后再试。" in page.text
    assert client.get("/verify/t-1", headers=HTML).status_code == 200
    assert client.get(address.replace("t-1", "t-2")).status_code == 200


@pytest.mark.parametrize(("path", "what"), [("/api/v1/captchas", "captcha"), ("/verify", "captcha")])
def test_pictures_are_not_drawn_without_end(client: Any, counted: Any, path: str, what: str) -> None:
    counted[what, "127.0.0.1"] = 60
    answer = client.get(path, headers=HTML)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "42")


@pytest.mark.parametrize("path", ["/api/v1/public/verifications", "/verify/pdf"])
def test_files_are_not_checked_without_end(client: Any, counted: Any, path: str) -> None:
    counted["pdf-check", "127.0.0.1"] = 10
    answer = client.post(path, files={"file": ("证书.pdf", b"%PDF-1.7", "application/pdf")}, headers=HTML)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "42")


def test_nobody_is_refused_because_tries_can_not_be_counted(
    client: Any, transport: Any, counted: Any
) -> None:
    transport.answer(CountTries, AppError("UPSTREAM_UNAVAILABLE"))
    address = "/api/v1/public/verifications/t-1/cylinders?serial_no=1"
    assert {client.get(address).status_code for _ in range(12)} == {200}


def test_a_refusal_to_count_is_not_passed_over(client: Any, transport: Any, counted: Any) -> None:
    transport.answer(CountTries, AppError("FORBIDDEN"))
    assert client.get("/api/v1/captchas").status_code == 403

"""证书核验 by a typed number and by a PDF file."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.call import Nothing
from contracts.certificate import FindCertificate, GetPdfCheck, PdfCheck, StartPdfCheck, Verification
from contracts.errors import AppError, FieldFault
from contracts.identity import Captcha, CheckCaptcha, NewCaptcha

NUMBER = "瓶32渝A0100001(26)"
FACTS = Verification(
    number=NUMBER,
    unit_name="重庆示例燃气有限公司",
    variety="焊接气瓶",
    count=1241,
    issued_on=date(2026, 11, 24),
    authority="示例局",
    state="valid",
    state_name="有效",
)
SENT = {"number": f" {NUMBER} ", "captcha_id": "c-1", "answer": "ACEF3"}
PDF = {"file": ("证书.pdf", b"%PDF-1.7 fictitious", "application/pdf")}


@pytest.fixture(autouse=True)
def codes(transport: Any) -> None:
    """A new code for every form, and every answer is right."""
    transport.answer(NewCaptcha, Captcha(id="c-2", image="UE5H", expires_in=300))
    transport.answer(CheckCaptcha, Nothing())


def test_the_form_has_a_picture_and_keeps_the_number(client: Any) -> None:
    answer = client.get("/verify", params={"number": NUMBER})
    assert answer.status_code == 200
    for text in (f'value="{NUMBER}"', "data:image/png;base64,UE5H", 'value="c-2"', "换一张"):
        assert text in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("state", "word"), [("valid", "有效"), ("superseded", "已变更，请看新版"), ("voided", "已作废")]
)
def test_the_result_is_the_public_facts(client: Any, transport: Any, state: str, word: str) -> None:
    transport.answer(FindCertificate, FACTS.model_copy(update={"state": state}))
    answer = client.post("/verify", data=SENT)
    assert answer.status_code == 200
    for text in (f"<h2>{word}</h2>", NUMBER, "1,241", "2026 年 11 月 24 日"):
        assert text in answer.text
    assert [each.call for each in transport.asked] == [
        CheckCaptcha(captcha_id="c-1", answer="ACEF3"),
        FindCertificate(number=NUMBER),
    ]


def test_an_unknown_number_is_no_certificate(client: Any) -> None:
    answer = client.post("/verify", data=SENT)
    assert answer.status_code == 404
    assert "查无此证" in answer.text
    assert NUMBER in answer.text


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (AppError("CAPTCHA_REQUIRED", "已过期，请输入新的"), 403),
        (
            AppError(
                "VALIDATION", "不正确，请输入新的", errors=[FieldFault(field="answer", code="c", message="x")]
            ),
            422,
        ),
    ],
)
def test_a_refused_code_brings_a_new_one_and_asks_for_no_certificate(
    client: Any, transport: Any, refusal: AppError, status: int
) -> None:
    transport.answer(CheckCaptcha, refusal)
    answer = client.post("/verify", data=SENT)
    assert answer.status_code == status
    for text in (refusal.detail, f'value="{NUMBER}"', 'value="c-2"'):
        assert text in answer.text
    assert not [each for each in transport.asked if isinstance(each.call, FindCertificate)]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"number": "", "answer": "x"}, "请输入登记证编号"),
        ({"number": "9" * 41, "answer": "x"}, "请输入登记证编号"),
        ({"number": NUMBER, "answer": "\0 "}, "请输入图中的字符"),
        ({}, "请输入登记证编号"),
    ],
)
def test_what_is_missing_is_said_before_a_code_is_used(
    client: Any, transport: Any, sent: dict[str, str], said: str
) -> None:
    answer = client.post("/verify", data=SENT | {"number": "", "answer": ""} | sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert not [each for each in transport.asked if isinstance(each.call, CheckCaptcha)]


@pytest.mark.parametrize("call", [CheckCaptcha, FindCertificate])
def test_a_service_that_is_away_says_nothing_about_the_certificate(
    client: Any, transport: Any, call: Any
) -> None:
    transport.answer(call, AppError("UPSTREAM_UNAVAILABLE"))
    answer = client.post("/verify", data=SENT)
    assert answer.status_code == 503
    assert "不代表证书无效" in answer.text


def test_without_codes_the_form_says_so(client: Any, transport: Any) -> None:
    transport.answer(NewCaptcha, AppError("UPSTREAM_TIMEOUT"))
    assert client.get("/verify").status_code == 503


def test_programs_get_a_code_too(client: Any) -> None:
    answer = client.get("/api/v1/captchas")
    assert answer.json() == {"id": "c-2", "image": "UE5H", "expires_in": 300}


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage takes the file."""
    monkeypatch.setattr("gateway.api.public.stage", lambda *_: "0" * 32)
    monkeypatch.setattr("gateway.api.public.unstage", lambda *_: None)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ({}, "文件有效"),
        ({"latest": False}, "已有新版"),
        ({"certificate_state": "voided"}, "证书已作废"),
        ({"intact": False}, "不是有效的证书文件"),
        ({"trusted": False}, "不是有效的证书文件"),
        ({"ours": False, "certificate_state": None}, "不能证明"),
    ],
)
def test_a_pdf_is_judged_in_words(
    client: Any, transport: Any, staged: None, found: dict[str, Any], word: str
) -> None:
    sound = {"intact": True, "trusted": True, "ours": True, "latest": True, "certificate_state": "valid"}
    check = PdfCheck(id="k", state="queued")
    transport.answer(StartPdfCheck, check)
    done = {"state": "done", "number": NUMBER, "message": "服务的话。"} | sound | found
    transport.answer(GetPdfCheck, check.model_copy(update=done))
    answer = client.post("/verify/pdf", files=PDF)
    assert answer.status_code == 200
    for text in (f"<h2>{word}</h2>", "服务的话。", NUMBER):
        assert text in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_none_brings_the_form_back(client: Any) -> None:
    assert "核验手中的 PDF 文件" in client.get("/verify/pdf").text
    for files in ({"file": ("", b"", "application/octet-stream")}, {"other": ("x", b"x")}):
        answer = client.post("/verify/pdf", files=files)
        assert (answer.status_code, "请先选择" in answer.text) == (422, True)
    answer = client.post("/verify/pdf", files={"file": ("x.pdf", b"no pdf", "application/pdf")})
    assert answer.status_code == 415
    assert "只能核验PDF文件" in answer.text


def test_a_check_that_is_away_says_nothing_about_the_certificate(
    client: Any, transport: Any, staged: None
) -> None:
    transport.answer(StartPdfCheck, AppError("UPSTREAM_UNAVAILABLE"))
    answer = client.post("/verify/pdf", files=PDF)
    assert answer.status_code == 503
    assert "不代表证书无效" in answer.text

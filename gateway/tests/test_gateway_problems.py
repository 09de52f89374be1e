"""Every error is a problem that says what to do; nothing of the inside gets out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.call import Page
from contracts.errors import AppError, FieldFault
from contracts.identity import CodeName, GetMe
from contracts.importer import ListMedia
from contracts.review import GetApplication, OpenApplication, SubmitApplication

FIELDS = {"type", "title", "status", "detail", "code", "request_id", "errors"}
OPEN = "/api/v1/applications"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(body) >= FIELDS
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["detail"].endswith("。")
    return body


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/static/nowhere.css", "/static/../app.py"])
def test_an_address_that_does_not_exist_is_a_problem(client: Any, path: str) -> None:
    problem(client.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "path", ["a" * 65, "a/review/pages/0", "a/review/pages/x", f"a/review/pages/{10**9}"]
)
def test_what_can_be_no_id_is_not_found(client: Any, token_of: Any, path: str) -> None:
    client.headers["Authorization"] = f"Bearer {token_of('bureau')}"
    problem(client.get(f"{OPEN}/{path}"), 404, "NOT_FOUND")


def test_a_method_that_does_not_exist_is_a_problem(unit: Any) -> None:
    answer = unit.request("PATCH", OPEN)
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("text", [b"{", b"", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"category": NaN}'])
def test_a_body_that_is_no_json_object_is_a_problem(unit: Any, text: bytes) -> None:
    answer = unit.post(OPEN, content=text, headers={"Content-Type": "application/json"})
    body = problem(answer, 422, "VALIDATION")
    assert all(re.search("[\u4e00-\u9fff]", fault["message"]) for fault in body["errors"])


def test_a_body_of_another_type_is_a_problem(unit: Any) -> None:
    answer = unit.post(OPEN, content=b"category=2300", headers={"Content-Type": "text/plain"})
    assert "application/json" in problem(answer, 422, "VALIDATION")["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"registration_reason": "NEW"}, "category", "missing"),
        ({"category": 2300, "registration_reason": "NEW"}, "category", "string_type"),
        ({"category": "2300", "registration_reason": "N" * 41}, "registration_reason", "string_too_long"),
        ({"category": "23\0", "registration_reason": "NEW"}, "body", "nul"),
    ],
)
def test_a_wrong_field_is_named_by_its_path_and_told_in_chinese(
    unit: Any, body: Any, field: str, code: str
) -> None:
    fault = problem(unit.post(OPEN, json=body), 422, "VALIDATION")["errors"][0]
    assert (fault["field"], fault["code"]) == (field, code)
    assert "{" not in fault["message"]


def test_a_field_inside_a_list_is_named_by_its_whole_path(unit: Any) -> None:
    item = {"upload_id": "x", "kind": "SELFIE", "cylinder_ids": ["c"]}
    answer = unit.post(f"{OPEN}/a/photos", json={"items": [item]})
    fault = problem(answer, 422, "VALIDATION")["errors"][0]
    assert fault["field"] == "items.0.kind"
    assert fault["message"] == "只能是STAMP或SUPERVISION_CERT，请重新选择"


def test_only_a_body_as_a_whole_is_told_its_content_type(unit: Any) -> None:
    answer = unit.post(f"{OPEN}/a/photos", json={"items": [None]})
    fault = problem(answer, 422, "VALIDATION")["errors"][0]
    assert (fault["field"], fault["message"]) == ("items.0", "应为JSON对象，请改正")


@pytest.mark.parametrize("version", ["1", 1.5, True, None, -1, 2**31])
def test_types_are_not_guessed(unit: Any, version: object) -> None:
    problem(unit.post(f"{OPEN}/a/withdrawal", json={"version": version}), 422, "VALIDATION")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "state=%00", "%00=x"])
def test_a_wrong_query_is_a_problem(unit: Any, query: str) -> None:
    problem(unit.get(f"{OPEN}?{query}"), 422, "VALIDATION")


def test_a_nul_in_the_address_is_nothing_that_could_be_found(unit: Any) -> None:
    problem(unit.get(f"{OPEN}/a%00b"), 404, "NOT_FOUND")


def test_a_body_that_is_too_large_is_a_problem(unit: Any) -> None:
    answer = unit.post(OPEN, content=b"{" + b" " * (5 << 20), headers={"Content-Type": "application/json"})
    problem(answer, 413, "FILE_TOO_LARGE")


def test_a_body_that_does_not_say_how_large_it_is_is_counted(unit: Any) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * (1 << 20)

    answer = unit.post(OPEN, content=endless(), headers={"Content-Type": "application/json"})
    problem(answer, 413, "FILE_TOO_LARGE")


def test_a_refusal_keeps_its_fields_and_what_it_promises(unit: Any, transport: Any) -> None:
    fault = FieldFault(field="filled_by", code="missing", message="必填")
    faults = [{"code": "PHOTO_MISSING", "count": 3}]
    refusal = AppError("INCOMPLETE", errors=[fault], faults=faults, status="never")
    transport.answer(SubmitApplication, refusal)
    body = {"declared": True, "filled_by": "示例人", "version": 3}
    answered = problem(unit.post(f"{OPEN}/a/submission", json=body), 409, "INCOMPLETE")
    assert answered["faults"] == faults
    assert answered["errors"] == [fault.model_dump()]


@pytest.mark.parametrize(
    ("code", "status"), [("UPSTREAM_UNAVAILABLE", 503), ("UPSTREAM_TIMEOUT", 504), ("TOO_MANY_REQUESTS", 429)]
)
def test_what_may_work_later_says_when(unit: Any, transport: Any, code: str, status: int) -> None:
    transport.answer(GetApplication, AppError(code))
    answer = unit.get(f"{OPEN}/a")
    problem(answer, status, code)
    assert ("Retry-After" in answer.headers) == (status in {429, 503})


def test_what_nobody_foresaw_is_500_without_a_word_of_the_inside(unit: Any, transport: Any) -> None:
    transport.answer(GetMe, RuntimeError("a secret of the inside"))
    answer = unit.get("/api/v1/me")
    problem(answer, 500, "INTERNAL")
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_reply_that_does_not_fit_its_contract_is_our_fault_not_the_senders(
    unit: Any, transport: Any
) -> None:
    def broken(_: object) -> object:
        return Page[CodeName].model_validate({"items": ["x"], "total": 1})

    transport.answers[ListMedia] = broken
    problem(unit.get("/api/v1/media"), 500, "INTERNAL")


@pytest.mark.parametrize("given", ["r-1", "a" * 64, "0af7651916cd43dd.8448"])
def test_a_well_formed_request_id_travels(unit: Any, transport: Any, given: str) -> None:
    answer = unit.get("/api/v1/me", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given
    assert transport.asked[0].request_id == given


@pytest.mark.parametrize("given", ["", "a" * 65, "x y", 'x"y', "-x"])
def test_any_other_request_id_is_replaced(unit: Any, transport: Any, given: str) -> None:
    answer = unit.get("/api/v1/me", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert transport.asked[0].request_id == answer.headers["X-Request-Id"]


def test_an_idempotency_key_travels_with_changes_and_a_new_one_is_made_without(
    unit: Any, transport: Any
) -> None:
    body = {"category": "2300", "registration_reason": "NEW"}
    unit.post(OPEN, json=body, headers={"Idempotency-Key": "k-1"})
    unit.post(OPEN, json=body)
    unit.post(OPEN, json=body)
    unit.get("/api/v1/me", headers={"Idempotency-Key": "k-2"})
    keys = [asked.key for asked in transport.asked]
    assert keys[0] == "k-1"
    assert re.fullmatch("[0-9a-f]{32}", keys[1])
    assert keys[1] != keys[2]
    assert keys[3] is None


def test_an_idempotency_key_that_is_too_long_is_refused(unit: Any, transport: Any) -> None:
    answer = unit.post(OPEN, json={}, headers={"Idempotency-Key": "k" * 81})
    assert problem(answer, 422, "VALIDATION")["errors"][0]["field"] == "Idempotency-Key"
    assert transport.asked == []


def test_two_visitors_with_one_key_never_meet(client: Any, transport: Any) -> None:
    body = {"username": "示例用户", "password": "correct horse"}
    for _ in range(2):
        client.post("/api/v1/sessions", json=body, headers={"Idempotency-Key": "k-1"})
    first, second = (asked.key for asked in transport.asked)
    assert "k-1" not in {first, second}
    assert first != second


def test_no_answer_may_be_kept_and_no_other_site_may_read_it(unit: Any, transport: Any) -> None:
    transport.answer(OpenApplication, AppError("VALIDATION"))
    answer = unit.get("/api/v1/me", headers={"Origin": "https://other.example"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

"""Who may call each route."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from chassis.tokens import Verifier
from contracts.call import ACCOUNTS
from gateway.access import EVERYONE, MAY_CALL

# A body that is right in form, for each route that wants one.
BODIES: dict[str, Any] = {
    "signIn": {"username": "示例用户", "password": "correct horse"},
    "refreshSession": {"refresh_token": "r"},
    "changeMyUnit": {
        "address": "示例路1号",
        "use_place": "示例路1号",
        "landline": "02300000000",
        "postcode": "400000",
        "safety_department": {"name": "安全部", "head": "示例人", "phone": "02300000000"},
        "safety_officers": [{"name": "示例人", "mobile": "10000000000"}],
        "version": 1,
    },
    "openApplication": {"category": "2300", "registration_reason": "NEW"},
    "withdrawApplication": {"version": 1},
    "submitApplication": {"declared": True, "filled_by": "示例人", "version": 1},
    "requestWorkbookUpload": {"file_name": "气瓶.xlsx", "size": 1},
    "startImport": {"upload_id": "x", "district_code": "500103"},
    "deleteCylinders": {"ids": ["c-1"]},
    "editCylinder": {"values": {"model": "YSP-1"}},
    "exportCylinders": {},
    "requestUploads": {"items": [{"file_name": "1.jpg", "size": 1, "content_type": "image/jpeg"}]},
    "addPhotos": {"items": [{"upload_id": "x", "kind": "STAMP", "cylinder_ids": ["c-1"]}]},
    "addDocument": {"upload_id": "x", "kind": "ASSESSMENT"},
    "saveReviewPage": {"version": 1, "shown": ["p-1"], "wrong": []},
    "decide": {"step": "acceptance", "outcome": "pass", "opinion": "同意", "version": 1},
    "issueCertificate": {"version": 1},
    "findProgress": {"application_no": "CQ2026112400001", "credit_code_tail": "ABC123"},
}
QUERIES = {
    "listTasks": {"step": "acceptance"},
    "findCylinder": {"serial_no": "1"},
    "listDeadLetters": {"service": "importer"},
    "showDeadLetter": {"service": "importer"},
    "replayDeadLetter": {"service": "importer"},
    "dropDeadLetter": {"service": "importer"},
    "findHolder": {"manufacturer_name": "示例厂", "serial_no": "1", "manufacture_ym": "2023-05"},
}
# Routes that ask no service by themselves, or only after reading a file.
ASK_NOBODY = {"healthz", "readyz", "checkPdf", "verifyPdfPage", "verifyPdf"}


def operations(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path


def send(client: Any, name: str, method: str, path: str, token: str | None = None) -> Any:
    address = path
    for parameter in (
        "application_id",
        "import_id",
        "list_id",
        "cylinder_id",
        "photo_id",
        "certificate_id",
        "letter_id",
        "token",
    ):
        address = address.replace(f"{{{parameter}}}", "x")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.request(
        method,
        address.replace("{page}", "1"),
        json=BODIES.get(name),
        params=QUERIES.get(name),
        headers=headers,
    )


def test_the_table_names_exactly_the_routes_of_the_application(app: FastAPI) -> None:
    assert sorted(name for name, _, _ in operations(app)) == sorted(MAY_CALL)


def test_nothing_is_served_beside_described_routes_but_our_style_and_the_description(app: FastAPI) -> None:
    hidden = [
        route
        for route in app.routes
        if not hasattr(route, "original_router") and getattr(route, "path", "") != "/api/v1/openapi.json"
    ]
    assert [route.path for route in hidden if isinstance(route, Mount)] == ["/static"]
    assert len(hidden) == 1


def test_every_route_is_described_in_chinese(app: FastAPI) -> None:
    for methods in app.openapi()["paths"].values():
        for operation in methods.values():
            assert any("\u4e00" <= letter <= "\u9fff" for letter in operation["summary"])
            assert "default" in operation["responses"] or operation["operationId"] in {
                "verifyPage",
                "verifyNumberPage",
                "verifyNumber",
                "verifyPdfPage",
                "verifyPdf",
                "bureausPage",
                "healthz",
                "readyz",
            }


def test_the_description_refers_to_nothing_that_it_does_not_hold(client: Any) -> None:
    document = client.get("/api/v1/openapi.json").json()
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert wanted <= set(document["components"]["schemas"])
    assert "Problem" in wanted
    submission = document["paths"]["/api/v1/applications/{application_id}/submission"]["post"]
    assert submission["security"] == [{"bearer": []}]
    assert "Idempotency-Key" in {parameter["name"] for parameter in submission["parameters"]}


def test_without_a_token_every_route_but_the_public_ones_answers_401(client: Any, app: FastAPI) -> None:
    for name, method, path in operations(app):
        status = send(client, name, method, path).status_code
        assert (status == 401) == (MAY_CALL[name] != EVERYONE), f"{name}: {status}"


@pytest.mark.parametrize("role", sorted(ACCOUNTS))
def test_a_role_that_is_not_in_the_table_gets_403_and_no_service_is_asked(
    role: str, client: Any, app: FastAPI, transport: Any, token_of: Callable[..., str]
) -> None:
    for name, method, path in operations(app):
        transport.asked.clear()
        status = send(client, name, method, path, token_of(role)).status_code
        assert (status == 403) == (role not in MAY_CALL[name]), f"{name}: {status}"
        if status == 403:
            assert transport.asked == []


@pytest.mark.parametrize("role", [*sorted(ACCOUNTS), "visitor"])
def test_whoever_the_table_admits_is_among_the_callers_that_the_service_accepts(
    role: str,
    client: Any,
    app: FastAPI,
    transport: Any,
    token_of: Callable[..., str],
) -> None:
    verifier: Verifier = app.state.verifier
    for name, method, path in operations(app):
        if role not in MAY_CALL[name] or name in ASK_NOBODY:
            continue
        transport.asked.clear()
        send(client, name, method, path, None if role == "visitor" else token_of(role))
        asked = transport.asked[0]
        assert verifier.caller(asked.token).kind in asked.call.callers, name


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
def test_a_token_that_is_not_ours_gets_401(token: str, client: Any) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_gets_401_also_where_nobody_needs_one(
    client: Any, token_of: Callable[..., str]
) -> None:
    headers = {"Authorization": f"Bearer {token_of('unit', seconds=-60)}"}
    for path in ("/api/v1/me", "/api/v1/districts"):
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")

"""Whatever a body holds, the answer is a refusal or the service's, never a fault of the gateway."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.access import MAY_CALL

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def routes_with_bodies(app: FastAPI) -> list[tuple[str, str, str, list[str]]]:
    """(operation, method, address, names of the body's fields)."""
    document = app.openapi()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
                fields = sorted(document["components"]["schemas"][name]["properties"])
                found.append((operation["operationId"], method.upper(), path, fields))
    return found


@pytest.fixture
def send(client: Any, app: FastAPI, token_of: Callable[..., str]) -> Callable[[Any, bytes], int]:
    def one(route: tuple[str, str, str, list[str]], body: bytes) -> int:
        role = min(MAY_CALL[route[0]] - {"visitor"})
        headers = {"Authorization": f"Bearer {token_of(role)}", "Content-Type": "application/json"}
        address = route[2].replace("{page}", "1").replace("{", "").replace("}", "")
        return int(client.request(route[1], address, content=body, headers=headers).status_code)

    return one


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_any_json_in_any_field_is_refused_or_asked(
    drawn: st.DataObject, app: FastAPI, send: Callable[[Any, bytes], int]
) -> None:
    for route in routes_with_bodies(app):
        body = drawn.draw(st.dictionaries(st.sampled_from(route[3]), JSON) | JSON)
        assert send(route, json.dumps(body).encode()) in {404, 422}, (route, body)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60))
def test_any_bytes_are_refused(body: bytes, app: FastAPI, send: Callable[[Any, bytes], int]) -> None:
    for route in routes_with_bodies(app)[:3]:
        assert send(route, body) in {404, 422}


@pytest.mark.parametrize("text", ['"\\ud800"', "1e400", "-1e400", "9" * 5000, "[" * 5000])
def test_what_json_allows_and_python_does_not_is_refused(
    text: str, app: FastAPI, send: Callable[[Any, bytes], int]
) -> None:
    for route in routes_with_bodies(app):
        for field in route[3]:
            assert send(route, f'{{"{field}": {text}}}'.encode()) in {404, 422}, (route, field)

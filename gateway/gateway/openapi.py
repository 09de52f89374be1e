"""The description at /api/v1/openapi.json, with what the routes' own declarations do not say."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.access import MAY_CALL
from gateway.problems import Problem

TITLE = "瓶证 气瓶使用登记"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "同一标识的重复请求只办理一次，并返回第一次的结果",
    "schema": {"type": "string", "maxLength": 80},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document; made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components["schemas"].update(schema.pop("$defs", {}))
        components["schemas"]["Problem"] = schema
        for path in document["paths"].values():
            for method, operation in path.items():
                _complete(method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(method: str, operation: dict[str, Any]) -> None:
    roles = MAY_CALL[operation["operationId"]]
    operation["x-roles"] = sorted(roles)
    if "visitor" not in roles:
        operation["security"] = [{"bearer": []}]
        if method != "get":
            operation.setdefault("parameters", []).append(_KEY)

"""Every error as application/problem+json (api.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from chassis import context, tracing
from contracts.errors import AppError, FieldFault
from gateway.faults import faults_of

RETRY_AFTER_S = {429: 60, 503: 5}
"""What Retry-After says unless the refusal names ``retry_after``, in seconds."""


class Problem(BaseModel):
    """An error; beside these fields stand those that the code promises (``current``, ``faults``, ``pages``, …)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="说明下一步该怎么做")
    code: str
    request_id: str
    errors: list[FieldFault]


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "错误",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}

# Statuses that the framework itself raises: the code, and what to do.
_FRAMEWORK: dict[int, tuple[str, str | None]] = {
    400: ("VALIDATION", "请求内容无法识别，请检查格式后重新提交。"),
    404: ("NOT_FOUND", "没有这个地址，请核对后重试。"),
    413: ("FILE_TOO_LARGE", "提交的内容过大，请拆分成几次提交。"),
}


def problem(error: AppError) -> JSONResponse:
    """The answer to a refusal, with Retry-After where a later try helps."""
    return problem_response(error.status, error.code, error.title, error.detail, error.errors, error.extra)


def problem_response(
    status: int, code: str, title: str, detail: str, errors: list[FieldFault], extra: Mapping[str, Any]
) -> JSONResponse:
    """The answer made of its parts; ``extra`` never replaces a standard field."""
    told(status, code)
    headers: dict[str, str] = {"Cache-Control": "no-store"}
    if status in RETRY_AFTER_S:
        headers["Retry-After"] = str(extra.get("retry_after", RETRY_AFTER_S[status]))
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    standard = Problem(
        type=f"urn:pingzheng:error:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=context.request_id.get(),
        errors=errors,
    )
    body = {**extra, **standard.model_dump()}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def told(status: int, code: str) -> None:
    """Puts the code into the trace; an error there is what the caller cannot mend, as HTTP servers have it."""
    span = tracing.current()
    span.tell(pingzheng_code=code)
    if status >= 500:
        span.refuse(code)


def refused(_: Request, fault: Exception) -> JSONResponse:
    """The answer to a refusal of ours."""
    return problem(cast(AppError, fault))


def invalid(_: Request, fault: Exception) -> JSONResponse:
    """The answer to a request that does not have the form of its route."""
    errors = cast("RequestValidationError | ValidationError", fault).errors()
    if any(error["loc"][:1] == ("path",) for error in errors):  # what can be no id is nobody's
        return problem(AppError("NOT_FOUND"))
    return problem(AppError("VALIDATION", errors=faults_of(errors)))


def framework(_: Request, fault: Exception) -> JSONResponse:
    """The answer to what the framework itself refuses."""
    raised = cast(HTTPException, fault)
    if raised.status_code == 405:
        detail = "该地址不支持这种请求方法，请查看接口说明。"
        response = problem_response(405, "METHOD_NOT_ALLOWED", "请求方法不支持", detail, [], {})
        response.headers.update(raised.headers or {})
        return response
    code, detail_or_none = _FRAMEWORK.get(raised.status_code, ("INTERNAL", None))
    return problem(AppError(code, detail_or_none))

"""Errors of every route: a page for a person with a browser, a problem for a program."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.errors import AppError
from gateway import problems
from gateway.web.error_pages import plain_page, wants_page

Handler = Callable[[Request, Exception], Response]


def _for_both(as_problem: Handler) -> Handler:
    def answer(request: Request, fault: Exception) -> Response:
        return plain_page(request, fault) if wants_page(request) else as_problem(request, fault)

    return answer


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem or a page; what nobody foresaw is caught by frame.py."""
    kinds: dict[type[Exception], Handler] = {
        AppError: problems.refused,
        RequestValidationError: problems.invalid,
        # A call that the endpoint built from checked parts and that the contract refuses all the same.
        ValidationError: problems.invalid,
        HTTPException: problems.framework,
    }
    for kind, handler in kinds.items():
        app.add_exception_handler(kind, _for_both(handler))

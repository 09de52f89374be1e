"""Rendering of pages: templates, and the headers that let a page use our own style and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int, **content: Any) -> HTMLResponse:
    """The rendered page; nobody keeps a copy of it."""
    html = _templates.get_template(template).render(**content)
    return HTMLResponse(html, status, {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})


class OwnFiles(StaticFiles):
    """Styles: the same for everyone, looked for again after an hour."""

    def file_response(self, *given: Any, **options: Any) -> Response:
        response = super().file_response(*given, **options)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

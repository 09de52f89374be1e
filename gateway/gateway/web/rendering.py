"""Templates, and the headers that let a page use our own files, the storage host, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from contracts.moments import in_shanghai
from gateway.site import Site
from gateway.web.assets import ASSETS
from gateway.web.jar import Cookies
from gateway.web.steps import STATES

TEMPLATES = Path(__file__).parents[1] / "templates"
MACROS = ("ui", "shell", "nav", "form", "table", "flow", "dlg", "photo")
WEEKDAYS = "一二三四五六日"


def policy(site: Site) -> str:
    """The Content-Security-Policy of a page: no inline code, files to and from the storage host."""
    storage = site.storage_origin
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: {storage}; "
        f"connect-src 'self' {storage}; form-action 'self' {storage}; manifest-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


class Macros:
    """The macros of one file (ui.md section 10), in every template without an import; they may call each other's."""

    def __init__(self, templates: Environment, name: str) -> None:
        self._templates, self._file = templates, f"macros/{name}.html"

    def __getattr__(self, macro: str) -> Any:
        return getattr(self._templates.get_template(self._file).module, macro)


class Renderer:
    """Renders templates for one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies = Cookies(site)
        self._headers = {
            "Content-Security-Policy": policy(site),
            "Cache-Control": "no-store",
            "Vary": "HX-Request",
        }
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(count=count, day=day, minute=minute, moment=moment, long_day=long_day)
        self._templates.globals.update(asset=ASSETS.address, site=site, state_names=STATES)
        self._templates.globals.update({name: Macros(self._templates, name) for name in MACROS})

    def html(self, template: str, **content: Any) -> str:
        """The text of a template."""
        return self._templates.get_template(template).render(**content)

    def page(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:
        """The answer; nobody keeps a copy of it."""
        return HTMLResponse(self.html(template, **content), status, self._headers)


def renderer(request: Request) -> Renderer:
    """The application's."""
    found: Renderer = request.app.state.pages
    return found


def count(number: int) -> str:
    """12480 -> 12,480."""
    return f"{number:,}"


def day(value: date | datetime | None) -> str:
    """2026-11-24, a dash for none."""
    if value is None:
        return "—"
    return _local(value).strftime("%Y-%m-%d")


def minute(value: datetime | None) -> str:
    """11-24 14:32, for tables."""
    return "—" if value is None else in_shanghai(value).strftime("%m-%d %H:%M")


def moment(value: datetime | None) -> str:
    """2026-11-24 14:32."""
    return "—" if value is None else in_shanghai(value).strftime("%Y-%m-%d %H:%M")


def long_day(value: date | datetime) -> str:
    """2026 年 11 月 24 日 星期二."""
    local = _local(value)
    return f"{local.year} 年 {local.month} 月 {local.day} 日 星期{WEEKDAYS[local.weekday()]}"


def _local(value: date | datetime) -> date | datetime:
    return in_shanghai(value) if isinstance(value, datetime) else value

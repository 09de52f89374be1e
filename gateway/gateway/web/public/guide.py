"""帮助: the user guide on the screen, in the chapters, the order and the words of the printed one (ui.md section 8)."""

from __future__ import annotations

from datetime import date

from fastapi import Response

from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages()
CHECKED_ON = date(2026, 11, 24)
"""When the statement of accessibility was last compared with what the tests try."""


@router.get("/help", operation_id="helpPage")
async def help_page(web: Browser) -> Response:
    """前言, 业务流程, the chapters of both sides, 常见问题, 快捷键, 技术支持."""
    return web.render("public/help.html")


@router.get("/help/unit", operation_id="helpUnitPage")
async def help_unit_page(web: Browser) -> Response:
    """三、使用单位申请操作说明."""
    return web.render("public/help_unit.html")


@router.get("/help/bureau", operation_id="helpBureauPage")
async def help_bureau_page(web: Browser) -> Response:
    """四、监察机构办理操作说明."""
    return web.render("public/help_bureau.html")


@router.get("/help/accessibility", operation_id="helpAccessibilityPage")
async def help_accessibility_page(web: Browser) -> Response:
    """无障碍说明: what was tried and how, what was not, and whom to tell; dated."""
    return web.render("public/help_accessibility.html", checked_on=CHECKED_ON)

"""帮助: the user guide on the screen, in the chapters, the order and the words of the printed one (ui.md section 8)."""

from __future__ import annotations

from fastapi import Response

from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages()


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

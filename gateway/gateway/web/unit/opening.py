"""添加设备: a new application (ui.md section 5.2), and the template that goes with it."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from contracts.errors import AppError
from contracts.importer import GetTemplate
from contracts.review import OpenApplication
from gateway.links import redirect
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.steps import GROUPS, REASONS
from gateway.web.web import Browser

router = pages("/u")
CYLINDERS = "2300"
# Registered elsewhere so far: they stand on the page so that nobody looks for them.
OTHER_DEVICES = ("锅炉", "压力容器", "电梯", "起重机械", "场（厂）内专用机动车辆", "大型游乐设施", "客运索道")
REASON_CHOICES = [
    ("NEW", REASONS["NEW"], "出厂后第一次办理使用登记"),
    ("DESIGN_LIFE_REACHED", REASONS["DESIGN_LIFE_REACHED"], "评估后延长使用的气瓶"),
]
GROUP_CHOICES = [
    ("2320", GROUPS["2320"], "如液化石油气钢瓶、溶解乙炔气瓶以外的焊接瓶"),
    ("2310", GROUPS["2310"], "如氧气、氩气、二氧化碳瓶"),
    ("23T0", GROUPS["23T0"], "内装填料、纤维缠绕、低温绝热气瓶"),
]


@router.get("/applications/new", operation_id="newApplicationPage")
async def new_application_page(web: Browser) -> Response:
    """The choices; nothing is opened yet."""
    filled = Filled(values={"category": CYLINDERS, "registration_reason": "NEW", "variety_group": "2320"})
    return web.render("unit/opening.html", **_content(filled))


@router.post("/applications/new", operation_id="openApplicationForm")
async def open_application(web: Browser) -> Response:
    """The draft with its number; a second press gives the same one."""
    wanted = OpenApplication(
        category=web.form.text("category", CYLINDERS),
        registration_reason=web.form.text("registration_reason"),
        variety_group=web.form.text("variety_group") or None,
    )
    try:
        application = await web.ask(wanted)
    except AppError as refusal:
        content = _content(Filled())
        del content["filled"]
        return web.again("unit/opening.html", refusal, **content)
    return web.go(f"/u/applications/{application.id}/basics")


@router.get("/template", operation_id="unitTemplate")
async def template(web: Browser) -> Response:
    """气瓶信息 EXCEL 模板."""
    return redirect(await web.ask(GetTemplate()))


def _content(filled: Filled) -> dict[str, Any]:
    return {"filled": filled, "reasons": REASON_CHOICES, "groups": GROUP_CHOICES, "others": OTHER_DEVICES}

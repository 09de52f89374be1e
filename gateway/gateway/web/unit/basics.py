"""单位基本信息 and 安管部门 (ui.md section 5.2): the unit's own facts, as they go into the form of the application."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response

from contracts.call import Page
from contracts.errors import AppError
from contracts.identity import (
    Authority,
    ChangeMyUnit,
    ListAuthorities,
    SafetyDepartment,
    SafetyOfficer,
    Unit,
)
from gateway.parameters import Id
from gateway.spared import spared
from gateway.web.forms import Filled
from gateway.web.kept import kept
from gateway.web.page_routes import pages
from gateway.web.unit.wizard import wizard
from gateway.web.web import Browser, Web

router = pages("/u")
AT = 2
LABELS = {
    "address": "单位地址",
    "use_place": "设备使用地点",
    "postcode": "邮政编码",
    "landline": "单位固定电话",
    "safety_department.name": "部门名称",
    "safety_department.head": "部门负责人",
    "safety_department.phone": "部门电话",
    "safety_officers.0.name": "安全管理人员",
    "safety_officers.0.mobile": "移动电话",
}


@router.get("/applications/{application_id}/basics", operation_id="unitBasicsPage")
async def basics_page(web: Browser, application_id: Id) -> Response:
    """The unit as it is now; of an application that was submitted the page of its progress."""
    content = await _content(web, application_id)
    if not content["wizard"].draft:
        return web.go(content["wizard"].base)
    return web.render("unit/basics.html", filled=Filled(values=_values(content["unit"])), **content)


@router.post("/applications/{application_id}/basics", operation_id="saveUnitBasics")
async def save_basics(web: Browser, application_id: Id) -> Response:
    """Saves and goes on; ``quiet`` (the module's own saving) answers in place."""
    quiet = web.form.ticked("quiet")
    try:
        saved = await web.ask(_change(web))
    except AppError as refusal:
        if quiet:
            return web.again("unit/_unsaved.html", refusal)
        content = await spared(_content(web, application_id), None)
        if content is None:
            return kept(web, refusal, LABELS)
        if not content["wizard"].draft:
            return web.go(content["wizard"].base)
        return web.again("unit/basics.html", refusal, **content)
    if quiet:
        return web.render("unit/_saved.html", version=saved.version, key=Filled().key)
    return web.go(f"/u/applications/{application_id}/import")


def _change(web: Web) -> ChangeMyUnit:
    text = web.form.text
    return ChangeMyUnit(
        address=text("address"),
        use_place=text("use_place"),
        landline=text("landline"),
        postcode=text("postcode"),
        safety_department=SafetyDepartment(
            name=text("safety_department.name"),
            head=text("safety_department.head"),
            phone=text("safety_department.phone"),
        ),
        safety_officers=_officers(web),
        version=web.form.number("version"),
    )


def _officers(web: Web) -> list[SafetyOfficer]:
    """The officers in their order; further ones of the unit travel along as they were."""
    names = [
        name for name in web.form.values if name.startswith("safety_officers.") and name.endswith(".name")
    ]
    places = sorted(int(name.split(".")[1]) for name in names if name.split(".")[1].isdecimal())
    return [
        SafetyOfficer(
            name=web.form.text(f"safety_officers.{place}.name"),
            mobile=web.form.text(f"safety_officers.{place}.mobile"),
        )
        for place in places[:20]
    ]


def _values(unit: Unit) -> dict[str, Any]:
    department = unit.safety_department or SafetyDepartment(name="", head="", phone="")
    officers = unit.safety_officers or [SafetyOfficer(name="", mobile="")]
    return {
        **unit.model_dump(include={"address", "use_place", "postcode", "landline", "version"}),
        "safety_department.name": department.name,
        "safety_department.head": department.head,
        "safety_department.phone": department.phone,
        **{f"safety_officers.{place}.name": each.name for place, each in enumerate(officers)},
        **{f"safety_officers.{place}.mobile": each.mobile for place, each in enumerate(officers)},
    }


async def _content(web: Web, application_id: str) -> dict[str, Any]:
    """What the page shows. Raises UPSTREAM_UNAVAILABLE without the unit: then there is nothing to change."""
    steps, authorities = await asyncio.gather(
        wizard(web, application_id, AT),
        spared(web.ask(ListAuthorities()), Page[Authority](items=[], total=0)),
    )
    if steps.draft and steps.unit is None:
        raise AppError("UPSTREAM_UNAVAILABLE")
    unit = steps.unit
    district = unit.district_code if unit else None
    return {
        "wizard": steps,
        "unit": unit,
        "bureau": next((each for each in authorities.items if each.district_code == district), None),
        "labels": LABELS,
        "officers": max(1, len(unit.safety_officers)) if unit else 1,
    }

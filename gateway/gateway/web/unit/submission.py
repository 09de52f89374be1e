"""检查 and 提交使用登记表 (ui.md section 5.7)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import Response

from contracts.call import Page
from contracts.completeness import Completeness
from contracts.errors import AppError
from contracts.identity import ListDistricts, Unit
from contracts.importer import Cylinder, ListCylinders
from contracts.review import GetCompleteness, GetTimeline, SubmitApplication
from gateway.parameters import Id
from gateway.spared import spared
from gateway.web.forms import Filled
from gateway.web.kept import kept
from gateway.web.page_routes import pages
from gateway.web.steps import REASONS
from gateway.web.unit.wizard import Wizard, wizard
from gateway.web.web import Browser, Web

router = pages("/u")
AT = 5
FIRST_SHEET = 25
"""Rows of the 汇总表 on its first page."""
# Fault -> what is said where it is fulfilled, the place that mends it, and the words of the link.
_RULES = (
    (("BASIC_DATA",), "单位基本信息、安管部门已填写", "basics", "去填写"),
    (("NO_CYLINDERS",), "气瓶数量不少于 1 只", "import", "去导入"),
    (("IMPORT_RUNNING",), "没有正在处理的导入", "import", "查看导入"),
    (
        ("PHOTO_MISSING", "STAMP_MISSING", "CERT_MISSING"),
        "每只气瓶都有钢印、监检证书照片 2–4 张",
        "cylinders?has_photos=false",
        "去上传",
    ),
    (("PHOTOS_PENDING",), "没有正在处理的照片", "cylinders", "查看照片"),
    (("DOCUMENT_MISSING",), "需要的材料已上传", "documents", "上传材料"),
)
# Nothing can be said of them before there is a cylinder.
_OF_CYLINDERS = frozenset({"PHOTO_MISSING", "PHOTOS_PENDING", "DOCUMENT_MISSING"})
UNCHECKED = {"tone": "warn", "text": "暂时无法检查，提交时会再次检查", "href": "submit", "action": "重新检查"}
LABELS = {"filled_by": "填表人员", "declared": "声明"}


@dataclass(frozen=True)
class Sheet:
    """All that the page shows beside the form."""

    wizard: Wizard
    unit: Unit | None
    district: str
    checks: list[dict[str, str]]
    cylinders: Page[Cylinder] | None


@router.get("/applications/{application_id}/submit", operation_id="unitSubmissionPage")
async def submission_page(web: Browser, application_id: Id) -> Response:
    """What is missing, and the form as it will be submitted; afterwards, that it was."""
    sheet = await _sheet(web, application_id)
    if not sheet.wizard.draft:
        return await _submitted(web, sheet)
    return web.render("unit/submission.html", filled=Filled(), **_content(sheet))


@router.post("/applications/{application_id}/submit", operation_id="submitApplicationForm")
async def submit(web: Browser, application_id: Id) -> Response:
    """提交使用登记表; a second press answers the same."""
    wanted = SubmitApplication(
        application_id=application_id,
        declared=web.form.ticked("declared"),
        filled_by=web.form.text("filled_by")[:40],
        version=web.form.number("version"),
    )
    try:
        await web.ask(wanted)
    except AppError as refusal:
        sheet = await spared(_sheet(web, application_id), None)
        if sheet is None:
            return kept(web, refusal, LABELS)
        if not sheet.wizard.draft:  # somebody of the same unit was quicker, or the answer was lost
            return web.go(f"{sheet.wizard.base}/submit")
        return web.again("unit/submission.html", refusal, **_content(sheet))
    return web.go(f"/u/applications/{application_id}/submit")


async def _submitted(web: Web, sheet: Sheet) -> Response:
    if sheet.wizard.application.state != "submitted":
        return web.go(sheet.wizard.base)
    timeline = await web.ask(GetTimeline(application_id=sheet.wizard.application.id))
    return web.render("unit/submitted.html", wizard=sheet.wizard, clock=timeline.clock)


async def _sheet(web: Web, application_id: str) -> Sheet:
    """The application has to be known; every other part may be missing for a moment."""
    steps, districts, missing, cylinders = await asyncio.gather(
        wizard(web, application_id, AT),
        spared(web.ask(ListDistricts()), None),
        _missing(web, application_id),
        spared(
            web.ask(ListCylinders(application_id=application_id, limit=FIRST_SHEET, with_values=True)), None
        ),
    )
    named = {each.code: each.name for each in districts.items} if districts else {}
    district = named.get(steps.application.district_code or "", "登记机关")
    checks = _checks(steps.base, missing, steps.application.counts.cylinders) if missing else [UNCHECKED]
    return Sheet(steps, steps.unit, district, checks, cylinders)


async def _missing(web: Web, application_id: str) -> Completeness | None:
    """None while it can not be told."""
    try:
        return await spared(web.ask(GetCompleteness(application_id=application_id)), None)
    except AppError as refusal:
        if refusal.code != "WRONG_STATE":
            raise
        return Completeness(complete=False)


def _checks(base: str, missing: Completeness, cylinders: int) -> list[dict[str, str]]:
    """A line for each rule: fulfilled, or what is missing with the way there."""
    faults = {fault.code: fault.message for fault in missing.faults}
    lines = []
    for codes, good, place, action in _RULES:
        found = [faults.pop(code) for code in codes if code in faults]
        way = {"href": f"{base}/{place}", "action": action}
        lines += [{"tone": "err", "text": message, **way} for message in found]
        if not found and (cylinders or codes[0] not in _OF_CYLINDERS):
            lines.append({"tone": "ok", "text": good, "href": "", "action": ""})
    return lines + [{"tone": "err", "text": message, "href": "", "action": ""} for message in faults.values()]


def _content(sheet: Sheet) -> dict[str, Any]:
    unfulfilled = sum(line["tone"] == "err" for line in sheet.checks)
    return {
        "wizard": sheet.wizard,
        "sheet": sheet,
        "unfulfilled": unfulfilled,
        "labels": LABELS,
        "reason_name": REASONS.get(sheet.wizard.application.registration_reason, ""),
        "today": datetime.now(UTC),
    }

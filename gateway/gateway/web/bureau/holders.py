"""查询气瓶占用: who holds an identity, when a unit that got E10 or E28 phones the bureau."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from contracts.errors import AppError
from contracts.importer import FindHolder, Holder
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.web import Browser

router = pages("/b")
LABELS = {"manufacturer_name": "制造单位名称", "serial_no": "产品编号", "manufacture_ym": "制造年月"}
# What is said of the state of the cylinders: chip, its tone, and what the officer can do.
STATES = {
    "open": (
        "草稿，尚未提交",
        "warn",
        "长期不办理的，可联系该单位提交申请，或删除这只气瓶、撤销申请，编号随即释放。",
    ),
    "sealed": ("正在办理", "info", "该气瓶已提交申请。驳回、撤销或不予登记后，编号随即释放。"),
    "registered": ("已办理使用登记", "ok", "该气瓶已经登记，来电单位不能重复申请。"),
}
Typed = Annotated[str, Query(max_length=200)]


@router.get("/holders", operation_id="bureauHoldersPage")
async def holders_page(
    web: Browser, manufacturer_name: Typed = "", serial_no: Typed = "", manufacture_ym: Typed = ""
) -> Response:
    """The three parts of the identity as they are read out on the phone, and who holds it."""
    given = {"manufacturer_name": manufacturer_name, "serial_no": serial_no, "manufacture_ym": manufacture_ym}
    typed = {name: text.strip() for name, text in given.items()}
    holder, said, faults = None, "", _missing(typed) if any(typed.values()) else {}
    if all(typed.values()):
        holder, said, faults = await _found(web, typed)
    return web.render(
        "bureau/holders.html",
        422 if faults else 200,
        filled=Filled(values=typed, faults=faults, said=said or ("请按提示修改。" if faults else "")),
        labels=LABELS,
        holder=holder,
        state=STATES[_state(holder)] if holder else None,
    )


def _missing(typed: dict[str, str]) -> dict[str, str]:
    return {name: f"请填写{LABELS[name]}" for name, text in typed.items() if not text}


async def _found(web: Browser, typed: dict[str, str]) -> tuple[Holder | None, str, dict[str, str]]:
    """The holder, or the sentence that there is none here, or what is wrong with the month."""
    try:
        return await web.ask(FindHolder(**typed)), "", {}
    except AppError as refusal:
        if refusal.code == "NOT_FOUND":
            return None, refusal.detail, {}
        if refusal.code == "VALIDATION":
            return None, refusal.detail, {"manufacture_ym": refusal.detail}
        raise


def _state(holder: Holder) -> str:
    return "registered" if holder.certificate_number else "open" if holder.state == "open" else "sealed"

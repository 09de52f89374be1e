"""一次性告知: everything that is missing, of the basic data and of both other services, at once."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.attachments import CheckPhotos
from contracts.completeness import Completeness, CompletenessFault
from contracts.errors import AppError
from contracts.identity import GetUnit, Unit
from contracts.importer import CheckCylinders
from review.application.applications import Row
from review.application.behind import when_known
from review.application.tools import Tools

BUSY = ("IMPORT_RUNNING", "PHOTOS_PENDING")
_FIELDS = {
    "address": "使用单位地址",
    "use_place": "设备使用地点",
    "landline": "单位固定电话",
    "postcode": "邮政编码",
    "safety_department": "安管部门",
    "safety_officers": "安全管理人员",
}


def faults_of(row: Row, tools: Tools) -> tuple[Unit, list[CompletenessFault]]:
    """The unit as it is now, and all faults, each code once."""
    unit = tools.rpc.call(GetUnit(unit_id=row["unit_id"]))
    cylinders = tools.rpc.call(CheckCylinders(application_id=row["id"]))
    wanted = CheckPhotos(application_id=row["id"], cylinders_version=cylinders.cylinders_version)
    photos = when_known(lambda: tools.rpc.call(wanted))
    faults = [*_basic_data(unit, row["district_code"]), *cylinders.faults, *photos.faults]
    by_code: dict[str, CompletenessFault] = {}
    for fault in faults:
        by_code.setdefault(fault.code, fault)
    return unit, list(by_code.values())


def completeness(row: Row, tools: Tools) -> Completeness:
    """What the unit is told before it submits."""
    return Completeness.of(faults_of(row, tools)[1])


def check_complete(faults: list[CompletenessFault]) -> None:
    """Raises INCOMPLETE with all faults; only work under way is named by its own code."""
    codes = {fault.code for fault in faults}
    busy = next((code for code in BUSY if codes and codes <= set(BUSY) and code in codes), None)
    if busy is not None:
        raise AppError(busy)
    if faults:
        raise AppError("INCOMPLETE", faults=[fault.model_dump() for fault in faults])


def _basic_data(unit: Unit, district_code: str | None) -> Iterator[CompletenessFault]:
    missing = [name for field, name in _FIELDS.items() if not _filled(unit, field)]
    if district_code is None:
        missing.append("登记区县")
    if missing:
        names = "、".join(missing)
        message = f"使用单位基本信息不完整，请补充：{names}"
        yield CompletenessFault(code="BASIC_DATA", message=message, count=len(missing), sample=missing)


def _filled(unit: Unit, field: str) -> bool:
    if field == "safety_department":
        department = unit.safety_department
        return department is not None and all((department.name, department.head, department.phone))
    if field == "safety_officers":
        return bool(unit.safety_officers) and all(one.name and one.mobile for one in unit.safety_officers)
    return bool(str(getattr(unit, field)).strip())

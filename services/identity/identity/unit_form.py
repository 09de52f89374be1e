"""What a unit fills in of itself, checked: every fault at once, each with what to do (一次性告知)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.errors import AppError, FieldFault
from contracts.identity import ChangeMyUnit
from identity.phones import InvalidContact, Kind, read_contact

MOST_OFFICERS = 20
Reader = Callable[[str], str]


class _FaultyText(ValueError):
    """Carries the code; its text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _text(label: str, longest: int) -> Reader:
    def read(value: str) -> str:
        text = value.strip()
        if not text:
            raise _FaultyText("required", f"请填写{label}")
        if len(text) > longest:
            raise _FaultyText("too_long", f"{label}最多{longest}个字，请缩短后重试")
        if not text.isprintable():
            raise _FaultyText("characters", f"{label}含有换行等无法使用的字符，请删除后重试")
        return text

    return read


def _contact(label: str, kind: Kind) -> Reader:
    def read(value: str) -> str:
        if not value.strip():
            raise _FaultyText("required", f"请填写{label}")
        try:
            return read_contact(kind, value)
        except InvalidContact as fault:
            told = str(fault)  # it may name the field itself
            raise _FaultyText("format", told if told.startswith(label) else f"{label}：{told}") from fault

    return read


_UNIT: dict[str, Reader] = {
    "address": _text("单位地址", 200),
    "use_place": _text("使用地点", 200),
    "landline": _contact("固定电话", "landline"),
    "postcode": _contact("邮政编码", "postcode"),
}
_DEPARTMENT: dict[str, Reader] = {
    "name": _text("安管部门名称", 100),
    "head": _text("安管部门负责人", 40),
    "phone": _contact("安管部门联系电话", "phone"),
}
_OFFICER: dict[str, Reader] = {
    "name": _text("安全管理人员姓名", 40),
    "mobile": _contact("安全管理人员手机", "mobile"),
}


def checked(request: ChangeMyUnit) -> dict[str, Any]:
    """The columns to store, trimmed and in one spelling. VALIDATION with all faults, by the path of their field."""
    faults: list[FieldFault] = []
    officers = request.safety_officers
    values = {
        **_read(_UNIT, request, "", faults),
        "safety_department": _read(_DEPARTMENT, request.safety_department, "safety_department.", faults),
        "safety_officers": [
            _read(_OFFICER, officer, f"safety_officers.{number}.", faults)
            for number, officer in enumerate(officers[:MOST_OFFICERS])
        ],
    }
    if not officers:
        faults.append(_officers_fault("required", "请至少填写一名安全管理人员"))
    if len(officers) > MOST_OFFICERS:
        faults.append(_officers_fault("too_many", f"安全管理人员最多{MOST_OFFICERS}名，请减少后重试"))
    if faults:
        raise AppError("VALIDATION", errors=faults)
    return values


def _officers_fault(code: str, message: str) -> FieldFault:
    return FieldFault(field="safety_officers", code=code, message=message)


def _read(readers: dict[str, Reader], source: object, path: str, faults: list[FieldFault]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, read in readers.items():
        try:
            values[name] = read(getattr(source, name))
        except _FaultyText as fault:
            faults.append(FieldFault(field=f"{path}{name}", code=fault.code, message=str(fault)))
    return values

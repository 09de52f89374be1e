"""Units: their own data and nobody else's, every fault at once, versions, repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import RowMapping

from chassis.tables import audit_entry
from chassis.tokens import Signer
from contracts.errors import AppError
from contracts.identity import ChangeMyUnit, GetMyUnit, GetUnit, SafetyDepartment, SafetyOfficer, SignIn, Unit

pytestmark = pytest.mark.usefixtures("quick_passwords")

PASSWORD = "Demo-Password-1"


@pytest.fixture
def token_of(ask: Any) -> Callable[[str], str]:
    """The access token of a demo account."""

    def make(username: str) -> str:
        return str(ask(SignIn(username=username, password=PASSWORD)).access_token)

    return make


def form(version: int = 1, **changes: Any) -> ChangeMyUnit:
    values: dict[str, Any] = {
        "address": " 重庆市渝中区新演示路9号 ",
        "use_place": "重庆市渝中区新演示路9号气瓶库",
        "landline": "023 - 00000301",
        "postcode": "４０００１０",
        "safety_department": SafetyDepartment(name="安全部", head="演示丁", phone="13800000009"),
        "safety_officers": [SafetyOfficer(name="演示戊", mobile="138 0000 0010")],
        "version": version,
    }
    return ChangeMyUnit(**(values | changes))


def test_a_units_own_data_are_complete_in_the_demo(ask: Any, token_of: Any) -> None:
    first: Unit = ask(GetMyUnit(), token_of("demo-unit"))
    second: Unit = ask(GetMyUnit(), token_of("demo-unit2"))
    assert first.id != second.id
    for unit in (first, second):
        assert unit.district_code == "500103"
        assert all((unit.address, unit.use_place, unit.landline, unit.postcode, unit.safety_department))
        assert unit.safety_officers


def test_a_change_is_stored_in_one_spelling_and_counted(ask: Any, token_of: Any) -> None:
    token, other = token_of("demo-unit"), token_of("demo-unit2")
    before = ask(GetMyUnit(), other)
    changed = ask(form(), token)
    assert (changed.version, changed.address, changed.landline, changed.postcode) == (
        2, "重庆市渝中区新演示路9号", "023-00000301", "400010",
    )  # fmt: skip
    assert changed.safety_officers == [SafetyOfficer(name="演示戊", mobile="13800000010")]
    assert ask(GetMyUnit(), token) == changed
    assert ask(GetMyUnit(), other) == before


def test_a_repeat_with_one_key_changes_once(ask: Any, token_of: Any) -> None:
    token = token_of("demo-unit")
    first = ask(form(), token, "k")
    assert ask(form(), token, "k") == first
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"):
        ask(form(postcode="400011"), token, "k")
    assert ask(GetMyUnit(), token).version == 2


def test_a_stale_version_is_told_the_newest(ask: Any, token_of: Any) -> None:
    token = token_of("demo-unit")
    ask(form(), token)
    with pytest.raises(AppError, match="STALE") as stale:
        ask(form(), token)
    assert stale.value.extra == {"current": 2}
    assert ask(form(version=2), token).version == 3


def test_all_faults_are_told_at_once(ask: Any, token_of: Any) -> None:
    faulty = form(
        address=" ", use_place="库" * 201, landline="12345", postcode="4000",
        safety_department=SafetyDepartment(name="安全\n部", head="", phone="1"),
        safety_officers=[SafetyOfficer(name="演示戊", mobile="13800000010"), SafetyOfficer(name="", mobile="1")],
    )  # fmt: skip
    with pytest.raises(AppError, match="VALIDATION") as refused:
        ask(faulty, token_of("demo-unit"))
    assert {fault.field: fault.code for fault in refused.value.errors} == {
        "address": "required", "use_place": "too_long", "landline": "format", "postcode": "format",
        "safety_department.name": "characters", "safety_department.head": "required",
        "safety_department.phone": "format",
        "safety_officers.1.name": "required", "safety_officers.1.mobile": "format",
    }  # fmt: skip
    assert all("请" in fault.message for fault in refused.value.errors)
    told = {fault.field: fault.message for fault in refused.value.errors}
    assert told["postcode"] == "邮政编码应为6位数字，请检查后修改"  # its name once
    assert told["safety_officers.1.mobile"].startswith("安全管理人员手机：手机号码应为")


@pytest.mark.parametrize(("number", "code"), [(0, "required"), (21, "too_many")])
def test_one_to_twenty_officers(ask: Any, token_of: Any, number: int, code: str) -> None:
    officers = [SafetyOfficer(name="演示", mobile="13800000010")] * number
    with pytest.raises(AppError, match="VALIDATION") as refused:
        ask(form(safety_officers=officers), token_of("demo-unit"))
    assert [(fault.field, fault.code) for fault in refused.value.errors] == [("safety_officers", code)]


def test_no_personal_data_in_the_audit(
    ask: Any, token_of: Any, rows: Callable[..., list[RowMapping]]
) -> None:
    ask(form(), token_of("demo-unit"))
    written = str([dict(row) for row in rows(audit_entry)])
    assert "unit.changed" in written
    assert not any(text in written for text in ("138000000", "演示戊", "00000301"))


@pytest.mark.parametrize("request_", [GetMyUnit(), form()], ids=["get", "change"])
@pytest.mark.parametrize("username", ["demo-acceptance", "demo-municipal", "demo-admin"])
def test_who_is_no_unit_has_none(ask: Any, token_of: Any, request_: Any, username: str) -> None:
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(request_, token_of(username))


def test_a_unit_that_is_gone_is_not_found(ask: Any, sign_as: Callable[[str], Signer]) -> None:
    token = sign_as("identity").sign({"sub": "a-1", "role": "unit", "unit_id": "no-such"}, 60)
    for request in (GetMyUnit(), form()):
        with pytest.raises(AppError, match="NOT_FOUND"):
            ask(request, token)


def test_the_review_service_may_read_any_unit_and_nobody_else(
    ask: Any, token_of: Any, sign_as: Callable[[str], Signer]
) -> None:
    unit = ask(GetMyUnit(), token_of("demo-unit"))
    review = sign_as("review").as_service()
    assert ask(GetUnit(unit_id=unit.id), review) == unit
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(GetUnit(unit_id="no-such"), review)
    for token in (
        token_of("demo-unit2"),
        sign_as("certificate").as_service(),
        sign_as("gateway").as_service(),
    ):
        with pytest.raises(AppError, match="FORBIDDEN"):
            ask(GetUnit(unit_id=unit.id), token)

"""The caller's own using unit."""

from __future__ import annotations

from contracts.identity import ChangeMyUnit, GetMyUnit, SafetyDepartment, SafetyOfficer, Unit
from gateway.asker import Ask
from gateway.bodies import Body, Version
from gateway.routing import resource

router = resource("使用单位")


class UnitChange(Body):
    """What a unit may change of itself; name, credit code and district are changed by the bureau.

    The service checks the fields, all at once.
    """

    address: str
    use_place: str
    landline: str
    postcode: str
    safety_department: SafetyDepartment
    safety_officers: list[SafetyOfficer]
    version: Version


@router.get("/units/me", operation_id="getMyUnit", summary="查看本单位基本信息")
async def get_my_unit(ask: Ask) -> Unit:
    """The unit with its safety department."""
    return await ask.ask(GetMyUnit())


@router.put("/units/me", operation_id="changeMyUnit", summary="修改本单位基本信息")
async def change_my_unit(body: UnitChange, ask: Ask) -> Unit:
    """STALE when somebody else changed it meanwhile."""
    return await ask.ask(ChangeMyUnit(**body.model_dump()))

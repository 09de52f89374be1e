"""A new draft, its number, and its district."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from chassis import context
from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.events import ApplicationDistrictChanged, ApplicationOpened
from contracts.identity import Authority, GetAuthority, GetUnit
from contracts.review import Application, ApplicationScope, ChooseDistrict, OpenApplication
from review.adapters.tables import application, number_counter
from review.application import applications
from review.application.moves import Said, tell
from review.application.tools import Tools
from review.domain.clocks import local_day
from review.domain.errors import Fault, Invalid, WrongState
from review.domain.states import STATE_NAMES, State

CATEGORY = "2300"
REASONS = ("NEW", "DESIGN_LIFE_REACHED")  # what the first version knows (domain.md section 7.1)
GROUPS = ("2310", "2320", "23T0")


def open_application(request: OpenApplication, caller: Caller, tools: Tools) -> Application:
    """Opens a draft; the same call again finds the one that it opened. Raises VALIDATION with every fault."""
    faults = list(_faults(request))
    if faults:
        raise Invalid(faults)
    if not caller.unit_id:
        raise AppError("FORBIDDEN")
    application_id = str(context.operation_id())
    with tools.database.reading() as session:
        opened = applications.find(session, application_id)
    if opened is None:
        unit = tools.rpc.call(GetUnit(unit_id=caller.unit_id))
        with tools.database.changing(caller.actor) as change:
            _insert(change, application_id, unit.id, unit.name, request, local_day(tools.now()))
    with tools.database.reading() as session:
        return applications.shown(applications.seen_by(session, application_id, caller), caller)


def _faults(request: OpenApplication) -> Iterator[Fault]:
    if request.category != CATEGORY:
        yield Fault("category", "CATEGORY_UNKNOWN", "本系统只办理“气瓶”的使用登记，请选择设备类别“气瓶”。")
    if request.registration_reason not in REASONS:
        yield Fault(
            "registration_reason",
            "REASON_UNKNOWN",
            "目前只能办理“新设备首次启用”和“达到设计使用年限”，请重新选择。",
        )
    if request.variety_group is not None and request.variety_group not in GROUPS:
        yield Fault("variety_group", "GROUP_UNKNOWN", "请从列表中选择设备品种（无缝、焊接或特种气瓶）。")


def _insert(
    change: Change, application_id: str, unit_id: str, name: str, request: OpenApplication, day: date
) -> None:
    group: Any = request.variety_group
    reason: Any = request.registration_reason
    row = {
        "id": application_id,
        "application_no": _next_number(change, day),
        "category": request.category,
        "registration_reason": reason,
        "chosen_group": group,
        "variety_group": group,
        "state": State.DRAFT.value,
        "version": 1,
        "unit_id": unit_id,
        "unit_name": name,
        "moved_by": {"role": "unit", "step": None},
    }
    new = insert(application).values(**row).on_conflict_do_nothing(index_elements=["id"])
    if change.session.execute(new.returning(application.c.id)).scalar() is None:
        return  # the same call, at the same moment
    change.emit(
        ApplicationOpened(
            application_id=application_id,
            unit_id=unit_id,
            application_no=row["application_no"],
            registration_reason=reason,
            variety_group=group,
        )
    )
    change.note("application.opened", f"application:{application_id}", application_no=row["application_no"])
    tell(change, application_id, "open", Said("已新建申请（草稿）"), "使用单位")


def _next_number(change: Change, day: date) -> str:
    """CQ, the day and the day's counter, whose row stays locked until the commit."""
    first = insert(number_counter).values(day=day, last=1)
    again = first.on_conflict_do_update(index_elements=["day"], set_={"last": number_counter.c.last + 1})
    number = change.session.execute(again.returning(number_counter.c.last)).scalar_one()
    return f"CQ{day:%Y%m%d}{number:05d}"


def choose_district(request: ChooseDistrict, caller: Caller, tools: Tools) -> ApplicationScope:
    """Sets the district of a draft. Raises NOT_FOUND, WRONG_STATE, DISTRICT_NOT_PILOT, DISTRICT_DIFFERS."""
    with tools.database.reading() as session:
        _check_district(applications.require(session, request.application_id), request)
    authority = tools.rpc.call(GetAuthority(district_code=request.district_code, must_be_pilot=True))
    with tools.database.changing(caller.actor) as change:
        row = applications.require(change.session, request.application_id, lock="update")
        _check_district(row, request)
        _set_district(change, row, request.district_code, authority)
    with tools.database.reading() as session:
        return applications.scope_of(applications.require(session, request.application_id))


def _check_district(row: applications.Row, request: ChooseDistrict) -> None:
    if row["unit_id"] != request.unit_id:
        raise AppError("NOT_FOUND")
    if row["state"] != State.DRAFT:
        name = STATE_NAMES[State(row["state"])]
        raise WrongState(f"申请当前为“{name}”，不能再选择区县。", current=row["state"])
    chosen = row["district_code"]
    if chosen not in (None, request.district_code) and not request.may_change:
        raise AppError("DISTRICT_DIFFERS", current=chosen)


def _set_district(change: Change, row: applications.Row, district_code: str, authority: Authority) -> None:
    """The version stays: a unit that imports has not seen another application by it."""
    if (row["district_code"], row["authority_code"]) == (district_code, authority.code):
        return
    change.session.execute(
        update(application)
        .where(application.c.id == row["id"])
        .values(district_code=district_code, authority_code=authority.code)
    )
    change.emit(
        ApplicationDistrictChanged(
            application_id=row["id"],
            unit_id=row["unit_id"],
            district_code=district_code,
            authority_code=authority.code,
        )
    )
    change.note("application.district_changed", f"application:{row['id']}", district_code=district_code)

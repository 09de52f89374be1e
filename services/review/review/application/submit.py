"""提交使用登记表, as a saga: both seals are taken, then the application is submitted, or all of it is undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog
from sqlalchemy import RowMapping, update

from chassis import context
from chassis.audit import Actor
from chassis.tokens import Caller
from contracts.attachments import SealPhotos
from contracts.errors import AppError
from contracts.events import ApplicationSubmitted
from contracts.identity import Authority, GetAuthority, Unit
from contracts.importer import SealCylinders, Sealed
from contracts.review import Application, SubmitApplication
from review.adapters.tables import submission
from review.application import applications, moves, submissions
from review.application.applications import Row
from review.application.behind import when_known
from review.application.completeness import check_complete, faults_of
from review.application.tools import Tools
from review.domain.clocks import local_day
from review.domain.errors import Fault, Invalid
from review.domain.states import Action, State

log = structlog.get_logger("review.submit")


def submit(request: SubmitApplication, caller: Caller, tools: Tools) -> Application:
    """Submits a draft. INCOMPLETE, IMPORT_RUNNING, PHOTOS_PENDING, STALE, WRONG_STATE, VALIDATION."""
    operation = str(context.operation_id())
    row = _own_draft(request, caller, operation, tools)
    if row is not None:
        _check_form(request)
        _clear_earlier(row["id"], caller, operation, tools)
        _attempt(row, request, caller, operation, tools)
    with tools.database.reading() as session:
        return applications.shown(applications.seen_by(session, request.application_id, caller), caller)


def _own_draft(request: SubmitApplication, caller: Caller, operation: str, tools: Tools) -> Row | None:
    """The draft; None when this very call has submitted it already."""
    with tools.database.reading() as session:
        row = applications.seen_by(session, request.application_id, caller)
        newest = submissions.last(session, row["id"])
        if _has_submitted(operation, newest, row):
            return None
    moves.move_of(row, Action.SUBMIT, caller.role, caller.steps)
    applications.check_version(row, request.version)
    return row


def _has_submitted(operation: str, newest: RowMapping | None, row: Row) -> bool:
    """Whether this very call is what submitted the application: asked again, or delivered twice."""
    if newest is None or row["state"] != State.SUBMITTED:
        return False
    return (newest["operation"], newest["step"]) == (operation, "submitted")


def _check_form(request: SubmitApplication) -> None:
    faults = list(_form_faults(request))
    if faults:
        raise Invalid(faults)


def _form_faults(request: SubmitApplication) -> Iterator[Fault]:
    if not request.declared:
        yield Fault("declared", "DECLARATION_MISSING", "请阅读并勾选申明后再提交。")
    if not request.filled_by.strip():
        yield Fault("filled_by", "TEXT_MISSING", "请填写使用单位填表人员。")


def _clear_earlier(application_id: str, caller: Caller, operation: str, tools: Tools) -> None:
    """An attempt that was cut off is undone at once; that of the same call is gone on with."""
    with tools.database.reading() as session:
        newest = submissions.last(session, application_id)
    if newest is None or newest["step"] not in submissions.UNFINISHED:
        return
    if (newest["operation"], newest["step"]) != (operation, "begun"):
        _undo(application_id, newest["attempt"], caller.actor, tools)


def _attempt(row: Row, request: SubmitApplication, caller: Caller, operation: str, tools: Tools) -> None:
    unit, faults = faults_of(row, tools)
    check_complete(faults)
    authority = tools.rpc.call(GetAuthority(district_code=row["district_code"]))
    form = _form(unit, request, tools)
    attempt = _begin(row, request.version, caller.actor, operation, form, tools)
    if attempt is None:
        return
    try:
        sealed = _seal(row["id"], attempt, tools)
        _finish(row, attempt, sealed, authority, caller.actor, tools)
    except Exception:
        _try_undo(row["id"], attempt, caller.actor, tools)
        raise


def _form(unit: Unit, request: SubmitApplication, tools: Tools) -> dict[str, Any]:
    """The unit and the person who filled in, as frozen by the submission."""
    day = local_day(tools.now()).isoformat()
    return {"unit": unit.model_dump(mode="json"), "filled_by": request.filled_by.strip(), "filled_on": day}


def _begin(row: Row, version: int, actor: Actor, operation: str, form: Any, tools: Tools) -> int | None:
    """The number of the attempt: a new one, or the one that this call began before it was cut off.

    None when the same call, delivered twice, has submitted it at this moment.
    """
    with tools.database.changing(actor) as change:
        locked = applications.require(change.session, row["id"], lock="update")
        newest = submissions.last(change.session, row["id"])
        if _has_submitted(operation, newest, locked):
            return None
        moves.move_of(locked, Action.SUBMIT, "unit", frozenset())
        applications.check_version(locked, version)
        if newest is not None and newest["step"] in submissions.UNFINISHED:
            if newest["operation"] != operation or newest["step"] == "undoing":
                raise AppError("STALE", "该申请正在提交，请稍后查看最新状态。", current=locked["state"])
            return int(newest["attempt"])
        attempt = submissions.next_attempt(change.session, row["id"])
        submissions.begin(change.session, row["id"], attempt, actor, operation, form)
        return attempt


def _seal(application_id: str, attempt: int, tools: Tools) -> Sealed:
    key = f"{application_id}:{attempt}:seal"
    sealed = tools.rpc.call(SealCylinders(application_id=application_id, attempt=attempt), key=key)
    photos = SealPhotos(
        application_id=application_id, attempt=attempt, cylinders_version=sealed.cylinders_version
    )
    when_known(lambda: tools.rpc.call(photos, key=key))
    return sealed


def _finish(row: Row, attempt: int, sealed: Sealed, authority: Authority, actor: Actor, tools: Tools) -> None:
    """The last transaction. Raises STALE when the attempt was undone or the draft changed in between."""
    with tools.database.changing(actor) as change:
        locked = applications.require(change.session, row["id"], lock="update")
        mine = submissions.find(change.session, row["id"], attempt, lock=True)
        if mine is not None and mine["step"] == "submitted" and locked["attempt"] == attempt:
            return  # the same call at the same moment
        move = moves.move_of(locked, Action.SUBMIT, "unit", frozenset())
        unchanged = all(locked[name] == row[name] for name in ("version", "district_code"))
        if mine is None or mine["step"] != "begun" or not unchanged:
            raise AppError("STALE", current=locked["state"])
        change.session.execute(
            update(submission)
            .where(submissions.here(row["id"], attempt))
            .values(step="submitted", cylinders_version=sealed.cylinders_version, count=sealed.count)
        )
        values = _frozen(attempt, sealed, authority, mine["form"], tools)
        moves.make(change, locked, move, tools, moves.Said("已提交使用登记表，等待受理"), **values)
        change.emit(
            ApplicationSubmitted(
                application_id=row["id"],
                unit_id=row["unit_id"],
                attempt=attempt,
                cylinders_version=sealed.cylinders_version,
                district_code=locked["district_code"],
                authority_code=authority.code,
            )
        )


def _frozen(attempt: int, sealed: Sealed, authority: Authority, form: Any, tools: Tools) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "cylinders": sealed.count,
        "variety_group": sealed.variety_group,
        "authority_code": authority.code,
        "form": form,
        "rule_set": tools.parameters().rule_set,
        "submitted_at": tools.now(),
    }


def _undo(application_id: str, attempt: int, actor: Actor, tools: Tools) -> None:
    submissions.undo(tools.database, tools.rpc, application_id, attempt, actor)


def _try_undo(application_id: str, attempt: int, actor: Actor, tools: Tools) -> None:
    """The first refusal is what the unit is told; an undoing that fails is the clock's."""
    try:
        _undo(application_id, attempt, actor, tools)
    except Exception as fault:  # noqa: BLE001  # whatever it is: the row says "undoing", the clock goes on
        log.warning("undo left to the clock", application=application_id, fault=str(fault)[:200])


def undo_left_behind(tools: Tools, patience_s: float) -> None:
    """What the clock does: nothing stays half submitted for longer than ``patience_s`` seconds."""
    for application_id, attempt in submissions.left_behind(tools.database, patience_s):
        _try_undo(application_id, attempt, Actor("review", "service"), tools)

"""The unit ends its application, or takes it back to change it (撤回修改)."""

from __future__ import annotations

from typing import Any

from chassis.database import Change
from chassis.tokens import Caller
from contracts.events import ApplicationReopened, ApplicationWithdrawn
from contracts.review import Application, WithdrawApplication
from review.application import applications, moves
from review.application.applications import Row
from review.application.tools import Tools
from review.domain.errors import Fault, Invalid, WrongState
from review.domain.states import Action, State

_SAID = {
    Action.WITHDRAW: moves.Said("使用单位已撤回申请，气瓶可重新办理"),
    Action.TAKE_BACK: moves.Said("使用单位已撤回修改，申请回到草稿"),
}


def withdraw(change: Change, request: WithdrawApplication, caller: Caller, tools: Tools) -> Application:
    """Raises NOT_FOUND, WRONG_STATE, STALE; without a version only a draft is ended (DELETE of the interface)."""
    row = applications.seen_by(change.session, request.application_id, caller, lock="update")
    action = Action.TAKE_BACK if request.keep else Action.WITHDRAW
    move = moves.move_of(row, action, caller.role, caller.steps)
    _check_version(row, request)
    moves.make(change, row, move, tools, _SAID[action], **(_as_draft(row) if request.keep else {}))
    about = {"application_id": row["id"], "unit_id": row["unit_id"]}
    change.emit(
        ApplicationReopened(**about, attempt=row["attempt"])
        if request.keep
        else ApplicationWithdrawn(**about)
    )
    return applications.shown(applications.require(change.session, row["id"]), caller)


def _check_version(row: Row, request: WithdrawApplication) -> None:
    if request.version is not None:
        applications.check_version(row, request.version)
    elif request.keep:
        raise Invalid([Fault("version", "VERSION_MISSING", "请刷新申请后重新操作。")])
    elif row["state"] != State.DRAFT:
        detail = "申请已提交，不能作为草稿删除；如不再办理，请使用“撤回申请”。"
        raise WrongState(detail, current=row["state"], moved_by=row["moved_by"])


def _as_draft(row: Row) -> dict[str, Any]:
    """What the submission had frozen is open again."""
    return {
        "submitted_at": None,
        "form": None,
        "rule_set": None,
        "cylinders": 0,
        "variety_group": row["chosen_group"],
    }

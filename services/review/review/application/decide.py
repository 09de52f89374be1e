"""受理, 审核, 审批: pass, or 驳回（退件） which voids the batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping, insert, select

from chassis import context
from chassis.database import Change
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.event import Event
from contracts.events import (
    ApplicationAccepted,
    ApplicationApproved,
    ApplicationExamined,
    ApplicationRejected,
    Claim,
)
from contracts.review import Application, Decide
from review.adapters.tables import decision
from review.application import applications, moves, participants, photo_review, refused_list
from review.application.applications import Row
from review.application.refused_list import RefusedList
from review.application.tools import Tools
from review.domain.decisions import Decision, Outcome, action_of, check_decision
from review.domain.errors import UnseenPages
from review.domain.states import STEP_NAMES, Action, State, Step
from review.domain.verdicts import check_complete, check_registrable

TRIES = 5
"""How often the list of refused cylinders is made again when verdicts change at the same moment."""
_PASSED: dict[Step, Callable[..., Event]] = {
    Step.EXAMINATION: ApplicationExamined,
    Step.APPROVAL: ApplicationApproved,
}


class VerdictsChangedError(Exception):
    """Between the list in storage and the transaction a page was saved."""


def decide(request: Decide, caller: Caller, tools: Tools) -> Application:
    """One decision; the same call again answers what the first has done."""
    made = Decision(
        step=Step(request.step),
        outcome=Outcome(request.outcome),
        opinion=request.opinion,
        reason_code=request.reason_code,
        note=request.note,
        confirm=request.confirm,
    )
    operation = str(context.operation_id())
    for _ in range(TRIES):
        refused = _prepared(request, made, caller, operation, tools)
        try:
            with tools.database.changing(caller.actor) as change:
                return _decide(change, request, made, caller, operation, refused, tools)
        except VerdictsChangedError:
            continue
    raise AppError("STALE", "审核结果正在变化，请稍后重试。", current=State.SUBMITTED.value)


def _prepared(
    request: Decide, made: Decision, caller: Caller, operation: str, tools: Tools
) -> RefusedList | None:
    """For a passing 受理: the refused cylinders, stored before the transaction that claims them."""
    with tools.database.reading() as session:
        row = applications.seen_by(session, request.application_id, caller)
        if _earlier(session, row, made.step, operation) is not None:
            return None
        action = _allowed(row, made, caller, request.version, tools)
        if action is not Action.ACCEPTANCE_PASS:
            return None
        photo_review.progress_of(session, row)
        refused = refused_list.of(session, row, tools)
    tools.storage.put(refused.claim(row["id"]).key, refused.content, "application/jsonl")
    return refused


def _allowed(row: Row, made: Decision, caller: Caller, version: int, tools: Tools) -> Action:
    """The action, once state, right, version and form are in order."""
    action = action_of(made)
    moves.move_of(row, action, caller.role, caller.steps)
    check_decision(made, tools.reject_reasons)
    applications.check_version(row, version)
    return action


def _earlier(session: Any, row: Row, step: Step, operation: str) -> RowMapping | None:
    """The decision that this very call has made already."""
    columns = decision.c
    here = (columns.application_id == row["id"]) & (columns.attempt == row["attempt"])
    query = select(decision).where(here, columns.step == step.value, columns.operation == operation)
    found: RowMapping | None = session.execute(query).mappings().one_or_none()
    return found


def _decide(
    change: Change,
    request: Decide,
    made: Decision,
    caller: Caller,
    operation: str,
    refused: RefusedList | None,
    tools: Tools,
) -> Application:
    session = change.session
    row = applications.seen_by(session, request.application_id, caller, lock="update")
    if _earlier(session, row, made.step, operation) is None:
        action = _allowed(row, made, caller, request.version, tools)
        participants.check(session, row, made.step, caller.id)
        values = _values(change, row, made, action, refused, tools)
        _keep(change, row, made, caller, operation)
        move = moves.move_of(row, action, caller.role, caller.steps)
        moves.make(change, row, move, tools, _said(made, tools), **values)
        change.emit(_event(row, made, values))
    return applications.shown(applications.require(session, row["id"]), caller)


def _values(
    change: Change, row: Row, made: Decision, action: Action, refused: RefusedList | None, tools: Tools
) -> dict[str, Any]:
    """Further columns of the application that the decision sets."""
    if made.outcome is Outcome.REJECT:
        return {"reject_reason_code": made.reason_code}
    if action is not Action.ACCEPTANCE_PASS:
        return {}
    progress = photo_review.progress_of(change.session, row, lock=True)
    _check_reviewed(change, row, progress)
    check_registrable(progress["cylinders"], progress["wrong"])
    if refused is None or refused_list.of(change.session, row, tools) != refused:
        raise VerdictsChangedError
    claim = refused.claim(row["id"])
    return {"refused": claim.model_dump(), "refused_count": refused.count}


def _check_reviewed(change: Change, row: Row, progress: RowMapping) -> None:
    check_complete(progress["pages"], photo_review.seen_pages(change.session, row))
    if progress["completed_at"] is None:
        raise UnseenPages("请先在“审核附件”中点击“完成”，再办理受理。", pages=[])


def _keep(change: Change, row: Row, made: Decision, caller: Caller, operation: str) -> None:
    participants.add(change.session, row, made.step, caller.id)
    change.session.execute(
        insert(decision).values(
            application_id=row["id"],
            attempt=row["attempt"],
            step=made.step.value,
            outcome=made.outcome.value,
            opinion=made.opinion.strip(),
            reason_code=made.reason_code,
            note=made.note.strip(),
            officer_id=caller.id,
            operation=operation,
        )
    )


def _said(made: Decision, tools: Tools) -> moves.Said:
    name = STEP_NAMES[made.step]
    if made.outcome is Outcome.PASS:
        return moves.Said(f"{name}通过", made.opinion.strip())
    reason = tools.reject_reasons[made.reason_code or ""]
    note = f"（{made.note.strip()}）" if made.note.strip() else ""
    return moves.Said(
        f"{name}驳回（退件），该批次已作废：{reason}{note}", made.opinion.strip(), made.reason_code
    )


def _event(row: Row, made: Decision, values: dict[str, Any]) -> Event:
    about: dict[str, Any] = {"application_id": row["id"], "unit_id": row["unit_id"]}
    if made.outcome is Outcome.REJECT:
        step: Any = made.step.value
        return ApplicationRejected(**about, step=step, reason_code=made.reason_code or "")
    if made.step is Step.ACCEPTANCE:
        refused = Claim.model_validate(values["refused"])
        return ApplicationAccepted(**about, refused=refused, refused_count=values["refused_count"])
    return _PASSED[made.step](**about)

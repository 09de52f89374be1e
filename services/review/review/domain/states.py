"""The one table of an application's life: commands, buttons, to-do queues and the developers' page come from it.

Source: domain.md section 4, design.md section 4.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from review.domain.errors import Forbidden, WrongState


class State(StrEnum):
    """State of an application. The Chinese names are in ``STATE_NAMES``."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    EXAMINED = "examined"
    APPROVED = "approved"
    CERTIFIED = "certified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What may be done to an application; a decision is named ``{step}_{outcome}``."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"
    ACCEPTANCE_PASS = "acceptance_pass"  # noqa: S105  (the word "pass" is an outcome, not a password)
    ACCEPTANCE_REJECT = "acceptance_reject"
    EXAMINATION_PASS = "examination_pass"  # noqa: S105  (as above)
    EXAMINATION_REJECT = "examination_reject"
    APPROVAL_PASS = "approval_pass"  # noqa: S105  (as above)
    APPROVAL_REJECT = "approval_reject"
    ISSUE = "issue"


class Role(StrEnum):
    """Roles that act on applications. ``municipal`` and ``admin`` have no business step."""

    UNIT = "unit"
    BUREAU = "bureau"


class Step(StrEnum):
    """Steps of the bureau, in their order."""

    ACCEPTANCE = "acceptance"
    EXAMINATION = "examination"
    APPROVAL = "approval"
    ISSUE = "issue"


class Clock(StrEnum):
    """Deadlines that run. 审核, 审批 and 证书生成 share the decision clock (domain.md section 3)."""

    ACCEPTANCE = "acceptance"
    DECISION = "decision"


class Effect(StrEnum):
    """What a move does to the cylinders of the application."""

    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    RELEASE_ALL = "release_all"
    RELEASE_WRONG = "release_wrong"
    REGISTER = "register"


class Move(NamedTuple):
    """One row of the table. ``clock`` is the one that runs while the application is in ``state``."""

    state: State
    action: Action
    role: Role
    step: Step | None
    next: State
    clock: Clock | None
    effects: tuple[Effect, ...] = ()


S, A, U, B, C, E = State, Action, Role.UNIT, Role.BUREAU, Clock, Effect

# fmt: off  (one row a line, so that it reads as the table it is)
MOVES: tuple[Move, ...] = (
    Move(S.DRAFT, A.SUBMIT, U, None, S.SUBMITTED, None, (E.FREEZE,)),
    Move(S.DRAFT, A.WITHDRAW, U, None, S.WITHDRAWN, None, (E.RELEASE_ALL,)),
    Move(S.SUBMITTED, A.ACCEPTANCE_PASS, B, Step.ACCEPTANCE, S.ACCEPTED, C.ACCEPTANCE, (E.RELEASE_WRONG,)),
    Move(S.SUBMITTED, A.ACCEPTANCE_REJECT, B, Step.ACCEPTANCE, S.REJECTED, C.ACCEPTANCE, (E.RELEASE_ALL,)),
    Move(S.SUBMITTED, A.WITHDRAW, U, None, S.WITHDRAWN, C.ACCEPTANCE, (E.RELEASE_ALL,)),
    Move(S.SUBMITTED, A.TAKE_BACK, U, None, S.DRAFT, C.ACCEPTANCE, (E.UNFREEZE,)),
    Move(S.ACCEPTED, A.EXAMINATION_PASS, B, Step.EXAMINATION, S.EXAMINED, C.DECISION),
    Move(S.ACCEPTED, A.EXAMINATION_REJECT, B, Step.EXAMINATION, S.REJECTED, C.DECISION, (E.RELEASE_ALL,)),
    Move(S.EXAMINED, A.APPROVAL_PASS, B, Step.APPROVAL, S.APPROVED, C.DECISION),
    Move(S.EXAMINED, A.APPROVAL_REJECT, B, Step.APPROVAL, S.REJECTED, C.DECISION, (E.RELEASE_ALL,)),
    Move(S.APPROVED, A.ISSUE, B, Step.ISSUE, S.CERTIFIED, C.DECISION, (E.REGISTER,)),
)
# fmt: on

STATE_NAMES: dict[State, str] = {
    State.DRAFT: "草稿",
    State.SUBMITTED: "已提交待受理",
    State.ACCEPTED: "已受理待审核",
    State.EXAMINED: "已审核待审批",
    State.APPROVED: "已审批待发证",
    State.CERTIFIED: "已发证",
    State.REJECTED: "已退件（作废）",
    State.WITHDRAWN: "已撤回",
}
STEP_NAMES: dict[Step, str] = {
    Step.ACCEPTANCE: "受理",
    Step.EXAMINATION: "审核",
    Step.APPROVAL: "审批",
    Step.ISSUE: "证书生成",
}

_BY_PAIR = {(row.state, row.action): row for row in MOVES}
_CLOCKS = {row.state: row.clock for row in MOVES}
TODO_STATES: dict[Step, State] = {row.step: row.state for row in MOVES if row.step}
FINAL_STATES: frozenset[State] = frozenset(State) - {row.state for row in MOVES}


def move(state: State, action: Action) -> Move:
    """The row for an action in a state; raises ``WrongState`` with ``current`` when there is none."""
    found = _BY_PAIR.get((state, action))
    if found is None:
        detail = f"申请当前为“{STATE_NAMES[state]}”，不能办理此操作，请刷新后查看最新状态。"
        raise WrongState(detail, current=state.value, action=action.value)
    return found


def may(row: Move, role: str, steps: Collection[str] = ()) -> bool:
    """Whether a role (with its bureau steps) may make the move. Unit, district and person are checked elsewhere."""
    return role == row.role and (row.step is None or row.step in steps)


def move_by(state: State, action: Action, role: str, steps: Collection[str] = ()) -> Move:
    """As ``move``, for somebody; raises ``WrongState``, or ``Forbidden`` when it is not theirs to make."""
    row = move(state, action)
    if not may(row, role, steps):
        raise Forbidden(
            "您的账号没有办理此操作的权限，如需办理请联系本单位或本局管理员。", action=action.value
        )
    return row


def allowed_actions(state: State, role: str, steps: Collection[str] = ()) -> tuple[Action, ...]:
    """The buttons to show, in the order of the table."""
    return tuple(row.action for row in MOVES if row.state == state and may(row, role, steps))


def clock_of(state: State) -> Clock | None:
    """The clock that runs in a state; None when nobody waits."""
    return _CLOCKS.get(state)


def clock_change(row: Move) -> tuple[Clock | None, Clock | None]:
    """Which clock a move stops and which it starts; a clock that both states share runs on: (None, None)."""
    after = clock_of(row.next)
    return (None, None) if row.clock == after else (row.clock, after)


def todo_text(step: Step, count: int) -> str:
    """The line of 待办事项, in the words of the guide (bureau section 2)."""
    return f"您有{count}条使用登记的{STEP_NAMES[step]}任务需要处理"

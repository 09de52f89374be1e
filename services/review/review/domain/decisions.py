"""A decision of a step: what has to be filled in before it counts.

Source: domain.md section 4 (confirmation of a rejection).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from review.domain.errors import Fault, Invalid
from review.domain.states import Action, Step
from review.domain.texts import text_fault

OTHER_REASON = "R99"  # 其他原因（须填写说明）
CONFIRMATION = "作废该批次"
REJECT_WARNING = "“驳回（退件）”将作废该批次申请，不能恢复，请谨慎操作。"


class Outcome(StrEnum):
    """通过 or 驳回（退件）."""

    PASS = "pass"  # noqa: S105  # the word is an outcome, not a password
    REJECT = "reject"


@dataclass(frozen=True)
class Decision:
    """What the officer sent. ``note`` is the text of R99; ``confirm`` the phrase typed before a rejection."""

    step: Step
    outcome: Outcome
    opinion: str
    reason_code: str | None = None
    note: str = ""
    confirm: str = ""


def action_of(decision: Decision) -> Action:
    """The action in the table of states; raises ``Invalid`` for 证书生成, which is a call of its own."""
    if decision.step is Step.ISSUE:
        raise Invalid([Fault("step", "STEP_UNKNOWN", "证书生成请使用“证书生成”操作，不能通过或驳回。")])
    return Action(f"{decision.step}_{decision.outcome}")


def check_decision(decision: Decision, reasons: Mapping[str, str]) -> None:
    """``reasons`` is reject_reasons as code → text. Raises ``Invalid`` with every fault at once."""
    rejecting = decision.outcome is Outcome.REJECT
    faults = [
        *text_fault("opinion", decision.opinion, "办理意见", needed=True),
        *(_reject_faults(decision, reasons) if rejecting else _pass_faults(decision)),
    ]
    if faults:
        raise Invalid(faults)


def _pass_faults(decision: Decision) -> Iterator[Fault]:
    if decision.reason_code:
        yield Fault("reason_code", "REASON_UNEXPECTED", "通过时不能填写驳回原因，请核对是通过还是驳回。")


def _reject_faults(decision: Decision, reasons: Mapping[str, str]) -> Iterator[Fault]:
    if decision.reason_code not in reasons:
        yield Fault("reason_code", "REASON_UNKNOWN", "请从列表中选择驳回原因。")
    needed = decision.reason_code == OTHER_REASON
    yield from text_fault("note", decision.note, "其他原因的说明", needed=needed)
    if decision.confirm != CONFIRMATION:
        yield Fault("confirm", "CONFIRM_MISSING", f"{REJECT_WARNING}确认驳回请输入“{CONFIRMATION}”。")

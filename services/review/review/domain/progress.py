"""The five steps of an application as anybody may see them: 提交, 受理, 审核, 审批, 证书生成 (ui.md section 4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from review.domain.states import FINAL_STATES, STEP_NAMES, Action, State, Step

StepState = Literal["done", "current", "ended", "waiting"]
SUBMISSION = "提交"
_DONE_BY = {
    SUBMISSION: Action.SUBMIT,
    STEP_NAMES[Step.ACCEPTANCE]: Action.ACCEPTANCE_PASS,
    STEP_NAMES[Step.EXAMINATION]: Action.EXAMINATION_PASS,
    STEP_NAMES[Step.APPROVAL]: Action.APPROVAL_PASS,
    STEP_NAMES[Step.ISSUE]: Action.ISSUE,
}


@dataclass(frozen=True)
class PublicStep:
    """A step: done on a day, the current one, the one at which the application ended, or still to come."""

    name: str
    state: StepState
    at: datetime | None


def steps_of(state: State, happened: Sequence[tuple[str, datetime]]) -> list[PublicStep]:
    """The steps since the last submission; ``happened`` are the actions of the timeline, the oldest first."""
    since = _since_last_submission(happened)
    dates = dict(since)
    steps, open_yet = [], True
    for name, action in _DONE_BY.items():
        if action in dates:
            steps.append(PublicStep(name, "done", dates[action]))
        elif open_yet:
            open_yet = False
            ended = state in FINAL_STATES
            steps.append(PublicStep(name, "ended" if ended else "current", since[-1][1] if ended else None))
        else:
            steps.append(PublicStep(name, "waiting", None))
    return steps


def _since_last_submission(happened: Sequence[tuple[str, datetime]]) -> Sequence[tuple[str, datetime]]:
    submissions = [index for index, (action, _) in enumerate(happened) if action == Action.SUBMIT]
    return happened[submissions[-1] :]

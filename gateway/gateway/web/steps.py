"""Steps, states and code lists of an application in the words of the guide: the one place for all pages."""

from __future__ import annotations

from typing import NamedTuple

from contracts.review import Application, StepName

Named = dict[str, str]


class StepWords(NamedTuple):
    """``state``: applications that wait for it. ``said``: after it was done. ``after``: what its button leads to."""

    name: str
    title: str
    state: str
    waiting: str
    button: str = ""
    said: str = ""
    after: str = ""


# fmt: off  (one step a row, so that it reads as the table it is)
STEPS: dict[StepName, StepWords] = {
    "acceptance": StepWords(
        "受理",
        "使用登记受理",
        "submitted",
        "待受理",
        "受理",
        "已受理，进入“审核”。",
        "受理后进入“审核”，由另一名人员办理；标为“错误”的气瓶不予登记。",
    ),
    "examination": StepWords(
        "审核",
        "使用登记审核",
        "accepted",
        "待审核",
        "审核通过",
        "已审核，进入“审批”。",
        "审核通过后进入“审批”，由另一名人员办理。",
    ),
    "approval": StepWords(
        "审批",
        "使用登记审批",
        "examined",
        "待审批",
        "审批通过",
        "已审批，进入“证书生成”。",
        "审批通过后进入“证书生成”。",
    ),
    "issue": StepWords("证书生成", "证书生成", "approved", "待发证"),
}
# fmt: on
STEP_OF_STATE: dict[str, StepName] = {words.state: step for step, words in STEPS.items()}
STATES: Named = {
    "draft": "草稿",
    "submitted": "已提交待受理",
    "accepted": "已受理待审核",
    "examined": "已审核待审批",
    "approved": "已审批待发证",
    "certified": "已发证",
    "rejected": "已退件（作废）",
    "withdrawn": "已撤回",
}
ENDED: Named = {state: STATES[state] for state in ("certified", "rejected", "withdrawn")}
GROUPS: Named = {"2310": "无缝气瓶", "2320": "焊接气瓶", "23T0": "特种气瓶"}
REASONS: Named = {"NEW": "新设备首次启用", "DESIGN_LIFE_REACHED": "达到设计使用年限"}


def may_decide(application: Application) -> StepName | None:
    """The step that the caller's buttons belong to, whoever may have done another one of the three."""
    step = STEP_OF_STATE.get(application.state)
    own = {action.removesuffix("_pass") for action in application.actions}
    return step if step in own else None

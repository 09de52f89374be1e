"""What the panel of a decision says: what hinders it, the opinion to begin with, and who was quicker."""

from __future__ import annotations

from contracts.review import Application, Reason, ReviewState, StepName, Timeline
from gateway.web.rendering import minute
from gateway.web.steps import STEP_OF_STATE, STEPS


def wrong_of(application: Application, review: ReviewState | None) -> int:
    """Cylinders that are not registered: as decided, else as marked so far."""
    return application.refused or (review.wrong if review else 0)


def hindrance(application: Application, review: ReviewState | None) -> str:
    """Why 受理 can not be pressed yet."""
    if application.state != "submitted":
        return ""
    if review is None:
        return "附件审核数据正在准备，请稍后刷新本页"
    if not review.completed:
        left = review.cylinders - review.reviewed
        rest = f"剩 {left:,} 只" if left else "全部已看过，还差点击“完成”"
        return f"请先完成“审核附件”（{rest}）"
    if review.wrong >= review.cylinders:
        return "没有可登记的气瓶，请使用“驳回（退件）”"
    return ""


def suggested(
    step: StepName | None, phrases: list[Reason], application: Application, review: ReviewState | None
) -> str:
    """The opinion to begin with: the first phrase of the step, and how many are left out."""
    mine = [each.text for each in phrases if each.step == step and each.outcome == "pass"]
    if step is None or not mine:
        return ""
    wrong = wrong_of(application, review)
    if not wrong:
        return mine[0]
    if step == "acceptance":
        return f"{mine[0]}其中 {wrong:,} 只气瓶图片与信息不一致，不予登记。"
    return mine[1] if len(mine) > 1 else mine[0]


def overtaken(application: Application, timeline: Timeline) -> str:
    """Who was quicker, for flow.conflict."""
    last = timeline.entries[-1]
    name = STEPS[STEP_OF_STATE[application.state]].name if application.state in STEP_OF_STATE else ""
    done = f"该申请已于 {minute(last.at)} 由{last.by or '系统'}办理：{last.text}。"
    return f"{done}当前状态：{application.state_name}{f'，等待“{name}”' if name else ''}。"

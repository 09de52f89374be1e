"""受理, 审核 and 审批 of one application are three people; 证书生成 may be any of them or a fourth.

Source: domain.md section 3, steps 2 to 5.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from review.domain.errors import SamePerson
from review.domain.states import STEP_NAMES, Step

SEPARATED: tuple[Step, ...] = (Step.ACCEPTANCE, Step.EXAMINATION, Step.APPROVAL)


def check_separation(step: Step, actor_id: str, done_by: Mapping[Step, Collection[str]]) -> None:
    """Raises ``SamePerson`` when the actor worked on another of the three steps.

    ``done_by`` names all who worked on a step: whoever judged photos took part in 受理, not only who decided it.
    """
    if step not in SEPARATED:
        return
    for other in SEPARATED:
        if other != step and actor_id in done_by.get(other, ()):
            detail = f"您已办理本申请的{STEP_NAMES[other]}，{STEP_NAMES[step]}须由其他人员办理。"
            raise SamePerson(detail, step=other.value)

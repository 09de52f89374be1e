"""使用登记进度 for anyone: the number and the end of the unit's code open it, and nothing personal comes out."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import review as calls
from contracts.identity import GetAuthority
from review.application.public_progress import NOT_FOUND


def asking(application: Any, peers: Any, **changes: str) -> calls.FindProgress:
    """What a visitor with both facts asks."""
    fields = {"application_no": application.application_no, "credit_code_tail": peers.unit.credit_code[-6:]}
    return calls.FindProgress(**{**fields, **changes})


def test_a_submitted_application_is_told_with_its_authority(desk: Any, peers: Any) -> None:
    application = desk.submitted()
    found = desk.ask("gateway", asking(application, peers))
    assert (found.state, found.state_name) == ("submitted", "已提交待受理")
    assert (found.authority_name, found.deadline) == ("示例区市场监督管理局", application.deadline)
    assert [(step.name, step.state, step.at is not None) for step in found.steps] == [
        ("提交", "done", True), ("受理", "current", False), ("审核", "waiting", False),
        ("审批", "waiting", False), ("证书生成", "waiting", False),
    ]  # fmt: skip


def test_a_certified_application_has_a_date_at_every_step(desk: Any, peers: Any) -> None:
    application = desk.approved()
    wanted = calls.IssueCertificate(application_id=application.id, version=application.version)
    desk.certified(application, desk.ask("issue", wanted).certificate_id)
    steps = desk.ask("gateway", asking(application, peers)).steps
    assert [step.state for step in steps] == ["done"] * 5
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_a_rejection_ends_at_its_step_and_says_no_words_of_the_officer(desk: Any, peers: Any) -> None:
    application = desk.reviewed()
    desk.ask(
        "acceptance",
        desk.decision(
            application, "acceptance", "reject", opinion="不予受理的详细意见", reason_code="R01",
            confirm="作废该批次",
        ),
    )  # fmt: skip
    found = desk.ask("gateway", asking(application, peers))
    assert (found.state, [step.state for step in found.steps][:3]) == (
        "rejected",
        ["done", "ended", "waiting"],
    )
    assert found.steps[1].at is not None
    said = found.model_dump_json()
    assert not any(word in said for word in ("详细意见", peers.unit.name, "示例丁", "人员"))


@pytest.mark.parametrize(
    "changes",
    [
        {"application_no": "CQ2026112499999"},
        {"credit_code_tail": "ZZZZZZ"},
        {"credit_code_tail": "六位都是汉字"},
    ],
)
def test_a_wrong_number_and_a_wrong_code_are_one_answer(
    desk: Any, peers: Any, changes: dict[str, str]
) -> None:
    refusal = desk.refused("gateway", asking(desk.submitted(), peers, **changes))
    assert (refusal.code, refusal.detail) == ("NOT_FOUND", NOT_FOUND)
    assert peers.count(GetAuthority) == 2, "the answer itself asked nobody"


def test_a_draft_is_unknown_also_after_it_was_taken_back(desk: Any, peers: Any) -> None:
    assert desk.refused("gateway", asking(desk.draft(), peers)).code == "NOT_FOUND"
    application = desk.submitted()
    back = calls.WithdrawApplication(application_id=application.id, version=application.version, keep=True)
    draft = desk.ask("unit", back)
    assert desk.refused("gateway", asking(application, peers)).code == "NOT_FOUND"
    desk.ask("unit", desk.submission(draft))
    assert [step.state for step in desk.ask("gateway", asking(application, peers)).steps][:2] == [
        "done",
        "current",
    ]


def test_only_the_gateway_asks_for_visitors(desk: Any, peers: Any) -> None:
    assert desk.refused("unit", asking(desk.submitted(), peers)).code == "FORBIDDEN"

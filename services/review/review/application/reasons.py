"""The lists that officers choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from contracts.review import ListReasons, Reason, Reasons, StepName
from review.application.tools import Tools
from review.domain.states import Step

STEPS: dict[Step, StepName] = {Step(name): name for name in get_args(StepName)}


def reasons(request: ListReasons, tools: Tools) -> Reasons:
    """The whole list of a kind, in its order."""
    lists = {
        "opinion": lambda: _opinions(tools),
        "reject": lambda: _plain(tools.reject_reasons),
        "photo_verdict": lambda: _plain(tools.verdict_reasons),
    }
    return Reasons(items=lists[request.kind_of_list]())


def _plain(texts: Mapping[str, str]) -> list[Reason]:
    return [Reason(code=code, text=text) for code, text in texts.items()]


def _opinions(tools: Tools) -> list[Reason]:
    return [
        Reason(code=phrase.code, text=phrase.text_zh, step=STEPS[phrase.step], outcome=phrase.outcome.value)
        for phrase in tools.opinions
    ]

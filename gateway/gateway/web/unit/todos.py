"""待办事项 of a using unit, from what the services tell of its applications."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.api.application_answers import ApplicationAnswer


@dataclass(frozen=True)
class UnitTodo:
    """``before`` number ``after``, e.g. 您有 548 只气瓶未上传附件."""

    before: str
    number: int
    after: str
    href: str

    @property
    def text(self) -> str:
        """The sentence."""
        return f"{self.before}{self.number}{self.after}"


def unit_todos(applications: Iterable[ApplicationAnswer]) -> list[UnitTodo]:
    """The sentences that hold for at least one thing, each with the place to go on."""
    known = list(applications)
    drafts = [each for each in known if each.state == "draft"]
    found = [
        *(_without_photos(draft) for draft in drafts),
        *(_empty_draft(draft) for draft in drafts if not draft.counts.cylinders),
        *(_in_state(known, "rejected", "个申请被驳回（退件）")),
        *(_in_state(known, "certified", "张证书可下载", lambda _: "/u/certificates")),
    ]
    return [todo for todo in found if todo.number]


def _without_photos(draft: ApplicationAnswer) -> UnitTodo:
    number = draft.counts.cylinders - draft.counts.with_photos
    return UnitTodo(
        "您有", number, "只气瓶未上传附件", f"/u/applications/{draft.id}/cylinders?has_photos=false"
    )


def _empty_draft(draft: ApplicationAnswer) -> UnitTodo:
    return UnitTodo("您有", 1, "个申请尚未导入气瓶信息", f"/u/applications/{draft.id}/import")


def _in_state(
    applications: list[ApplicationAnswer],
    state: str,
    words: str,
    address: Callable[[ApplicationAnswer], str] = lambda each: f"/u/applications/{each.id}",
) -> list[UnitTodo]:
    those = [each for each in applications if each.state == state]
    return [UnitTodo("您有", len(those), words, address(those[0]))] if those else []

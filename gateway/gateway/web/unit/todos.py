"""待办事项 of a using unit, from what the services tell of its applications."""

from __future__ import annotations

from collections.abc import Iterable
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


DRAFTS = "/u/?tab=draft"


def unit_todos(applications: Iterable[ApplicationAnswer]) -> list[UnitTodo]:
    """A sentence for each kind that holds for at least one thing, with the place to go on: of a single application
    its own, of several the list of them.
    """
    known = list(applications)
    drafts = [each for each in known if each.state == "draft"]
    waiting = [each for each in drafts if each.counts.with_photos < each.counts.cylinders]
    empty = [each for each in drafts if not each.counts.cylinders]
    rejected = [each for each in known if each.state == "rejected"]
    certified = [each for each in known if each.state == "certified"]
    refused = [each for each in certified if each.counts.refused]
    missing = sum(each.counts.cylinders - each.counts.with_photos for each in waiting)
    wrong = sum(each.counts.refused for each in refused)
    found = [
        UnitTodo("您有", missing, "只气瓶未上传附件", _way(waiting, DRAFTS, "/cylinders?has_photos=false")),
        UnitTodo("您有", len(empty), "个申请尚未导入气瓶信息", _way(empty, DRAFTS, "/import")),
        UnitTodo("您有", len(rejected), "个申请被驳回（退件）", _way(rejected, "/u/progress?state=rejected")),
        UnitTodo(
            "您有", wrong, "只气瓶不予登记，可更正后重新申请", _way(refused, "/u/progress?state=certified")
        ),
        UnitTodo("您有", len(certified), "张证书可下载", "/u/certificates"),
    ]
    return [todo for todo in found if todo.number]


def _way(those: list[ApplicationAnswer], otherwise: str, place: str = "") -> str:
    return f"/u/applications/{those[0].id}{place}" if len(those) == 1 else otherwise

"""核对导入的数据: makers, models and months of an import side by side, near-equal ones together and first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from contracts.importer import Fact, Facts, GetImportFacts, ImportFacts, ImportState
from gateway.spared import spared
from gateway.web.cylinder_lists import FACTS
from gateway.web.web import Web

SHOWN = 6
"""Values of a column that stand there at once; the others behind 其余."""


@dataclass(frozen=True)
class Value:
    """``alike`` beside others that may mean the same; ``query`` reduces the list of cylinders to it."""

    text: str
    count: int
    alike: bool
    query: str


@dataclass(frozen=True)
class FactColumn:
    """``values`` with near ones together, those first; ``alike`` counts the values that have a near one."""

    label: str
    distinct: int
    values: Sequence[Value]

    @property
    def alike(self) -> int:
        return sum(value.alike for value in self.values)

    @property
    def first(self) -> Sequence[Value]:
        """What is seen at once: all near ones, however many."""
        return self.values[: max(SHOWN, self.alike)]

    @property
    def rest(self) -> Sequence[Value]:
        return self.values[max(SHOWN, self.alike) :]

    @property
    def untold(self) -> int:
        """How many values the service did not list."""
        return self.distinct - len(self.values)


async def facts_of(web: Web, state: ImportState) -> list[FactColumn]:
    """The columns to look over; none for an import without sound rows, or while they can not be had."""
    if state.state != "finished" or not state.imported:
        return []
    found = await spared(web.ask(GetImportFacts(import_id=state.id)), ImportFacts(facts=[]))
    return [_column(each) for each in found.facts if each.items]


def _column(facts: Facts) -> FactColumn:
    values = [
        Value(each.value, each.count, bool(each.near), urlencode({facts.column: each.value}))
        for each in together(facts.items)
    ]
    return FactColumn(FACTS[facts.column], facts.distinct, values)


def together(items: Sequence[Fact]) -> list[Fact]:
    """Near-equal values one below the other, before those that stand alone; else in their order."""
    known, placed = {each.value: each for each in items}, dict[str, Fact]()
    for each in (item for item in items if item.near):
        waiting = [each.value]
        while waiting:
            value = waiting.pop(0)
            if value in known and value not in placed:
                placed[value] = known[value]
                waiting += known[value].near
    return [*placed.values(), *(each for each in items if each.value not in placed)]

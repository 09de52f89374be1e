"""What a list of applications is asked for: its tab, filters and address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from contracts.review import Due, Group, StepName
from gateway.parameters import EmptyIsNone
from gateway.web.steps import ENDED, STEPS

State = Literal["all", "certified", "rejected", "withdrawn"]


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; ``step`` and ``state`` are the tabs."""

    step: StepName | None
    state: State | None
    search: str
    variety: Group | None
    due: Due | None

    def address(self, **changes: Any) -> str:
        """The same list with something changed; a cursor is never kept."""
        fields = {**self.__dict__, **changes}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/b/applications?{query}" if query else "/b/applications"


async def _wanted(
    step: Annotated[StepName | None, EmptyIsNone] = None,
    state: Annotated[State | None, EmptyIsNone] = None,
    search: Annotated[str, Query(max_length=60)] = "",
    variety: Annotated[Group | None, EmptyIsNone] = None,
    due: Annotated[Due | None, EmptyIsNone] = None,
) -> Wanted:
    return Wanted(step, state, search.strip(), variety, due)


Asked = Annotated[Wanted, Depends(_wanted)]


def with_tab(wanted: Wanted, mine: frozenset[str]) -> Wanted:
    """The tab of the address, or the first step of the reader's, or all."""
    if wanted.step or wanted.state:
        return wanted
    first: StepName | None = next((step for step in STEPS if step in mine), None)
    fields = {**wanted.__dict__, "step": first, "state": None if first else "all"}
    return Wanted(**fields)


def tabs_of(wanted: Wanted, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Steps with what waits there, then what has ended, then all."""
    by_step = [
        {
            "label": words.waiting,
            "href": wanted.address(step=step, state=None, due=None),
            "count": counts.get(step),
            "current": step == wanted.step,
        }
        for step, words in STEPS.items()
    ]
    by_state = [
        {
            "label": label,
            "href": wanted.address(step=None, state=state, due=None),
            "current": state == wanted.state,
        }
        for state, label in {**ENDED, "all": "全部"}.items()
    ]
    return [*by_step, *by_state]

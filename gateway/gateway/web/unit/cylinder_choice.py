"""Which cylinders of a list are meant: those that are ticked, or all that match its filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from contracts.errors import AppError
from contracts.importer import CylinderFilter, ListCylinders
from gateway.web.cylinder_lists import Wanted
from gateway.web.forms import Form
from gateway.web.web import Web

Ids = Annotated[list[str] | None, Query(max_length=200)]

_NONE_CHOSEN = "还没有选择气瓶，请先在列表中勾选。"


@dataclass(frozen=True)
class Choice:
    """``ids`` of those that are ticked; empty when ``all`` of ``wanted`` are meant."""

    ids: tuple[str, ...]
    all: bool
    wanted: Wanted

    @classmethod
    def of_form(cls, form: Form) -> Choice:
        """As the hidden fields of a form carry it."""
        return cls(tuple(form.all("cylinder")[:200]), form.ticked("all"), Wanted.of(form.text))

    @property
    def filter(self) -> CylinderFilter | None:
        """None when the ids say it."""
        return self.wanted.filter if self.all else None

    async def told(self, web: Web, application_id: str) -> str:
        """How many they are in words, however many: 548, 10,000+. Raises VALIDATION when there are none."""
        number, capped = len(self.ids), False
        if self.all:
            wanted = ListCylinders(application_id=application_id, filter=self.wanted.filter, limit=1)
            page = await web.ask(wanted)
            number, capped = page.total, page.total_capped
        if not number:
            raise AppError("VALIDATION", _NONE_CHOSEN)
        return f"{number:,}{'+' if capped else ''}"

    async def count(self, web: Web, application_id: str) -> int:
        """How many they are now. Raises VALIDATION when there are none, or too many to be told."""
        number = len(self.ids)
        if self.all:
            page = await web.ask(
                ListCylinders(application_id=application_id, filter=self.wanted.filter, limit=1)
            )
            if page.total_capped:
                raise AppError("VALIDATION", "符合条件的气瓶超过一万只，请先缩小筛选条件。")
            number = page.total
        if not number:
            raise AppError("VALIDATION", _NONE_CHOSEN)
        return number


async def _chosen(
    request: Request,
    cylinder: Ids = None,
    everything: Annotated[str, Query(alias="all", max_length=1)] = "",
) -> Choice:
    query = request.query_params
    wanted = Wanted.of(lambda name: query.get(name, ""))
    return Choice(tuple(cylinder or ()), everything == "1", wanted)


Chosen = Annotated[Choice, Depends(_chosen)]

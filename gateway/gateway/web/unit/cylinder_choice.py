"""Which cylinders of a list are meant: those that are ticked, or all that match its filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from contracts.errors import AppError
from contracts.importer import CylinderFilter, ListCylinders
from gateway.web.cylinder_lists import Wanted
from gateway.web.forms import Form
from gateway.web.web import Web

Ids = Annotated[list[str] | None, Query(max_length=200)]


@dataclass(frozen=True)
class Choice:
    """``ids`` of those that are ticked; empty when ``all`` of ``wanted`` are meant."""

    ids: tuple[str, ...]
    all: bool
    wanted: Wanted

    @classmethod
    def of_form(cls, form: Form) -> Choice:
        """As the hidden fields of a form carry it."""
        told = form.text("has_photos")
        has_photos = {"true": True, "false": False}.get(told)
        wanted = Wanted(has_photos=has_photos, q=form.text("q")[:60])
        return cls(tuple(form.all("cylinder")[:200]), form.ticked("all"), wanted)

    @property
    def filter(self) -> CylinderFilter | None:
        """None when the ids say it."""
        return self.wanted.filter if self.all else None

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
            raise AppError("VALIDATION", "还没有选择气瓶，请先在列表中勾选。")
        return number


async def _chosen(
    cylinder: Ids = None,
    everything: Annotated[str, Query(alias="all", max_length=1)] = "",
    has_photos: Annotated[str, Query(max_length=5)] = "",
    q: Annotated[str, Query(max_length=60)] = "",
) -> Choice:
    wanted = Wanted(has_photos={"true": True, "false": False}.get(has_photos), q=q.strip())
    return Choice(tuple(cylinder or ()), everything == "1", wanted)


Chosen = Annotated[Choice, Depends(_chosen)]

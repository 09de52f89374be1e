"""What somebody wants to see of an application's cylinders: filter, order and place, all of it in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from contracts.call import Page
from contracts.importer import Cylinder, CylinderFilter, ListCylinders
from gateway.parameters import EmptyIsNone, Short
from gateway.web.web import Web

PAGE_SIZES = (50, 100, 200)
Sort = Literal["row", "serial_no"]
FACTS = {"manufacturer_name": "制造单位", "model": "型号", "manufacture_ym": "制造年月"}
"""What the list may be reduced to by the whole value, from the facts of an import."""


class Wanted(BaseModel):
    """``at`` is the number of the page's first cylinder, for 第 51–100 只: a cursor does not tell it."""

    model_config = ConfigDict(frozen=True)
    has_photos: bool | None = None
    q: str = ""
    sort: Sort = "row"
    limit: int = PAGE_SIZES[0]
    cursor: str | None = None
    at: int = 1
    columns: str = ""
    manufacturer_name: str = ""
    model: str = ""
    manufacture_ym: str = ""

    @classmethod
    def of(cls, text: Callable[[str], str]) -> Wanted:
        """The filter as ``hidden`` told it, by the name of a field."""
        has_photos = {"true": True, "false": False}.get(text("has_photos"))
        facts = {name: text(name).strip()[:200] for name in FACTS}
        return cls.model_validate({"has_photos": has_photos, "q": text("q").strip()[:60], **facts})

    @property
    def filter(self) -> CylinderFilter:
        """What the list is reduced to."""
        return CylinderFilter(**self.model_dump(include=set(CylinderFilter.model_fields)))

    @property
    def filtered(self) -> bool:
        """Whether 清除条件 has something to do."""
        return self.filter != CylinderFilter()

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """Name, label and value of each whole value that the list is reduced to."""
        return [(name, label, getattr(self, name)) for name, label in FACTS.items() if getattr(self, name)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The filter as fields of a form: what is done by it reaches exactly the cylinders that are shown."""
        told = self.filter.model_dump(exclude_defaults=True)
        return [(name, _text(value)) for name, value in told.items()]

    @property
    def place(self) -> str:
        """``?…`` of this very page of the list."""
        return self.query(cursor=self.cursor, at=self.at)

    @property
    def bare(self) -> str:
        """``?…`` of the list without any condition."""
        return self.query(**CylinderFilter().model_dump())

    def query(self, **changes: Any) -> str:
        """``?…`` of the same list with some things changed; it begins at its first page unless a cursor is given."""
        wanted = self.model_copy(update={"cursor": None, "at": 1, **changes})
        told = {name: value for name, value in wanted if value != getattr(Wanted(), name)}
        text = {name: _text(value) for name, value in told.items()}
        return f"?{urlencode(text)}" if text else ""

    def range(self, page: Page[Cylinder]) -> str:
        """第 1–50 只，共 548 只."""
        whole = f"共 {page.total:,}{'+' if page.total_capped else ''} 只"
        last = self.at + len(page.items) - 1
        return f"第 {self.at:,}–{last:,} 只，{whole}" if page.items else whole


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _wanted(
    has_photos: Annotated[bool | None, EmptyIsNone, Query()] = None,
    q: Annotated[str, Query(max_length=60)] = "",
    sort: Annotated[Sort | None, EmptyIsNone, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE_SIZES[0],
    cursor: Annotated[Short | None, EmptyIsNone, Query()] = None,
    at: Annotated[int, Query(ge=1, le=10**9)] = 1,
    columns: Annotated[str, Query(max_length=10)] = "",
    manufacturer_name: Annotated[str, Query(max_length=200)] = "",
    model: Annotated[str, Query(max_length=100)] = "",
    manufacture_ym: Annotated[str, Query(max_length=20)] = "",
) -> Wanted:
    return Wanted(
        has_photos=has_photos,
        q=q.strip(),
        sort=sort or "row",
        limit=limit,
        cursor=cursor,
        at=at if cursor else 1,
        columns=columns if columns == "all" else "",
        manufacturer_name=manufacturer_name,
        model=model,
        manufacture_ym=manufacture_ym,
    )


List = Annotated[Wanted, Depends(_wanted)]


async def cylinders_of(web: Web, application_id: str, wanted: Wanted) -> Page[Cylinder]:
    """The page of the list, with all columns of the template."""
    return await web.ask(
        ListCylinders(
            application_id=application_id,
            filter=wanted.filter,
            sort=wanted.sort,
            limit=wanted.limit,
            cursor=wanted.cursor,
            with_values=True,
        )
    )

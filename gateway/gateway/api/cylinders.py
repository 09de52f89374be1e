"""The cylinders of an application."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.call import Page
from contracts.importer import Cylinder, CylinderFilter, DeleteCylinders, Deleted, ListCylinders
from gateway.asker import Ask
from gateway.bodies import Body
from gateway.parameters import EmptyIsNone, Id, Pages
from gateway.routing import resource

router = resource("气瓶信息")
HasPhotos = Annotated[bool | None, EmptyIsNone, Query(description="是否上传附件")]
Sought = Annotated[str, Query(max_length=60, description="产品编号或单位内编号的开头")]
Sort = Annotated[
    Literal["row", "serial_no"] | None, EmptyIsNone, Query(description="row：导入顺序；serial_no：产品编号")
]


class FilterBody(Body):
    """The filter of the list. A misspelt condition is refused: without it, everything would be deleted."""

    model_config = ConfigDict(extra="forbid")
    has_photos: bool | None = None
    q: str = Field(default="", max_length=60)
    manufacturer_name: str = Field(default="", max_length=200)
    model: str = Field(default="", max_length=100)
    manufacture_ym: str = Field(default="", max_length=20)


class Deletion(Body):
    """Which cylinders: by ids or by the filter of the list, one of the two."""

    ids: list[str] | None = Field(default=None, min_length=1, max_length=1000)
    filter: FilterBody | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Deletion:
        if (self.ids is None) == (self.filter is None):
            raise PydanticCustomError("one_of", "either ids or filter")
        return self


@router.get("/applications/{application_id}/cylinders", operation_id="listCylinders", summary="气瓶列表")
async def list_cylinders(
    application_id: Id,
    ask: Ask,
    pages: Pages,
    has_photos: HasPhotos = None,
    q: Sought = "",
    sort: Sort = None,
) -> Page[Cylinder]:
    """Filtered by 是否上传附件 and by number."""
    wanted = CylinderFilter(has_photos=has_photos, q=q)
    return await ask.ask(
        ListCylinders(
            application_id=application_id,
            filter=wanted,
            sort=sort or "row",
            limit=pages.limit,
            cursor=pages.cursor,
        )
    )


@router.delete("/applications/{application_id}/cylinders", operation_id="deleteCylinders", summary="删除气瓶")
async def delete_cylinders(application_id: Id, body: Deletion, ask: Ask) -> Deleted:
    """Of a draft only."""
    wanted = CylinderFilter(**body.filter.model_dump()) if body.filter else None
    return await ask.ask(DeleteCylinders(application_id=application_id, ids=body.ids, filter=wanted))

"""The cylinders of an application (ui.md section 5.4)."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query, Response

from contracts.importer import CylinderFilter, GetCylinder
from gateway.parameters import Id
from gateway.web.cylinder_columns import COLUMNS
from gateway.web.cylinder_lists import PAGE_SIZES, List, cylinders_of
from gateway.web.page_routes import pages
from gateway.web.unit.wizard import wizard
from gateway.web.web import Browser

router = pages("/u")
STEP = 4


@router.get("/applications/{application_id}/cylinders", operation_id="unitCylindersPage")
async def unit_cylinders(
    web: Browser,
    application_id: Id,
    wanted: List,
    deleted: Annotated[int, Query(ge=0, le=10**9)] = 0,
    edited: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The list with its filters; what is ticked may be deleted or get one certificate photo in common."""
    frame, page = await asyncio.gather(
        wizard(web, application_id, STEP), cylinders_of(web, application_id, wanted)
    )
    return web.render(
        "unit/cylinders.html",
        wizard=frame,
        application=frame.application,
        page=page,
        wanted=wanted,
        columns=COLUMNS,
        sizes=PAGE_SIZES,
        deleted=deleted,
        edited=edited,
    )


@router.get("/cylinders/{cylinder_id}", operation_id="unitCylinderPage")
async def unit_cylinder(web: Browser, cylinder_id: Id, wanted: List) -> Response:
    """All columns of one cylinder; beside the list when a module asks for it."""
    sheet = await web.ask(GetCylinder(cylinder_id=cylinder_id, filter=CylinderFilter()))
    return web.render(
        "unit/cylinder.html", sheet=sheet, cylinder=sheet.cylinder, columns=COLUMNS, wanted=wanted
    )

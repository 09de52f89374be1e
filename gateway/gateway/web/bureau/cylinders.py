"""The cylinders of an application as its officers see them: the unit's list, to read."""

from __future__ import annotations

import asyncio

from fastapi import Response

from contracts.attachments import ListPhotos
from contracts.importer import CylinderFilter, GetCylinder
from gateway.parameters import Id
from gateway.web.cylinder_columns import COLUMNS
from gateway.web.cylinder_lists import PAGE_SIZES, List, cylinders_of
from gateway.web.one_application import application_of
from gateway.web.page_routes import pages
from gateway.web.photo_groups import photo_groups
from gateway.web.web import Browser

router = pages("/b")


@router.get("/applications/{application_id}/cylinders", operation_id="bureauCylindersPage")
async def bureau_cylinders(web: Browser, application_id: Id, wanted: List) -> Response:
    """The list with its filters; those that are not registered are marked."""
    application, page = await asyncio.gather(
        application_of(web, application_id), cylinders_of(web, application_id, wanted)
    )
    return web.render(
        "bureau/cylinders.html",
        application=application,
        page=page,
        wanted=wanted,
        columns=COLUMNS,
        sizes=PAGE_SIZES,
    )


@router.get("/cylinders/{cylinder_id}", operation_id="bureauCylinderPage")
async def bureau_cylinder(web: Browser, cylinder_id: Id) -> Response:
    """All columns of one cylinder, and its photos."""
    wanted = GetCylinder(cylinder_id=cylinder_id, filter=CylinderFilter())
    sheet, photos = await asyncio.gather(web.ask(wanted), web.ask(ListPhotos(cylinder_id=cylinder_id)))
    return web.render(
        "bureau/cylinder.html",
        sheet=sheet,
        cylinder=sheet.cylinder,
        columns=COLUMNS,
        groups=photo_groups(photos.items),
    )

"""Photos of one cylinder: 2 to 4 of 钢印 and 监检证书 (ui.md section 5.5)."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Query, Response

from contracts.attachments import DeletePhoto, ListPhotos
from contracts.errors import AppError
from contracts.importer import CylinderFilter, CylinderSheet, GetCylinder
from gateway.parameters import EmptyIsNone, Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.photo_groups import MOST, photo_groups
from gateway.web.web import Browser, Web

router = pages("/u")
Among = Annotated[bool | None, EmptyIsNone, Query()]
Sought = Annotated[str, Query(max_length=60)]


@router.get("/cylinders/{cylinder_id}/photos", operation_id="unitPhotosPage")
async def photos_page(web: Browser, cylinder_id: Id, has_photos: Among = False, q: Sought = "") -> Response:
    """The photos with their places; ‹ › lead through those of the filter, which are at first those without photos."""
    return await _page(web, cylinder_id, CylinderFilter(has_photos=has_photos, q=q.strip()), Filled())


@router.get("/cylinders/{cylinder_id}/photos/state", operation_id="unitPhotosState")
async def photos_state(web: Browser, cylinder_id: Id) -> Response:
    """The two groups alone, asked for again while something is being checked."""
    wanted = GetCylinder(cylinder_id=cylinder_id, filter=CylinderFilter(has_photos=False))
    sheet, photos = await asyncio.gather(web.ask(wanted), web.ask(ListPhotos(cylinder_id=cylinder_id)))
    return web.render("unit/_photos.html", filled=Filled(), **_shown(sheet, photos.items))


@router.post("/cylinders/{cylinder_id}/photos/{photo_id}/deletion", operation_id="unitDeletePhoto")
async def delete_photo(web: Browser, cylinder_id: Id, photo_id: Id) -> Response:
    """Deletes it for all cylinders that it serves."""
    try:
        await web.ask(DeletePhoto(photo_id=photo_id))
    except AppError as refusal:
        if refusal.code != "WRONG_STATE":
            raise
        filled = Filled.refused(web.form, refusal)
        return await _page(web, cylinder_id, CylinderFilter(has_photos=False), filled, refusal.status)
    return web.go(f"/u/cylinders/{cylinder_id}/photos")


async def _page(
    web: Web, cylinder_id: str, among: CylinderFilter, filled: Filled, status: int = 200
) -> Response:
    wanted = GetCylinder(cylinder_id=cylinder_id, filter=among)
    sheet, photos = await asyncio.gather(web.ask(wanted), web.ask(ListPhotos(cylinder_id=cylinder_id)))
    return web.render("unit/photos.html", status, filled=filled, among=among, **_shown(sheet, photos.items))


def _shown(sheet: CylinderSheet, photos: list[Any]) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "cylinder": sheet.cylinder,
        "groups": photo_groups(photos),
        "most": MOST,
        "used": sum(each.state != "refused" for each in photos),
        "pending": any(each.state == "pending" for each in photos),
        "left": sheet.counts.cylinders - sheet.counts.with_photos,
    }

"""共用监检证书照片: one photo for all the cylinders that are ticked (ui.md section 5.4)."""

from __future__ import annotations

from fastapi import Response

from contracts.errors import AppError
from gateway.parameters import Id
from gateway.web.page_routes import pages
from gateway.web.unit.cylinder_choice import Chosen
from gateway.web.unit.photo_uploads import MOST_AT_ONCE
from gateway.web.web import Browser

router = pages("/u")


@router.get("/applications/{application_id}/cylinders/certificate", operation_id="unitSharedCertificatePage")
async def shared_certificate(web: Browser, application_id: Id, choice: Chosen) -> Response:
    """Where the photo is chosen; a dialog over the list when a module asks for it."""
    number, said = 0, ""
    try:
        number = await choice.count(web, application_id)
    except AppError as refusal:
        if refusal.code != "VALIDATION":
            raise
        said = refusal.detail
    if number > MOST_AT_ONCE:
        said = f"一张照片一次最多用于 {MOST_AT_ONCE:,} 只气瓶，现为 {number:,} 只，请先缩小筛选条件。"
    return web.render(
        "unit/shared_certificate.html",
        422 if said and not web.fragment else 200,
        application_id=application_id,
        choice=choice,
        number=number,
        said=said,
    )

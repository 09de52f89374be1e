"""导出清单: a workbook with 系统编号; asked for, waited for, downloaded (ui.md section 5.4)."""

from __future__ import annotations

from fastapi import Response

from contracts.errors import AppError
from contracts.importer import ExportCylinders, GetCylinderList, GetCylinderListFile
from gateway.links import redirect
from gateway.parameters import Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.unit.cylinder_choice import Choice, Chosen
from gateway.web.web import Browser

router = pages("/u")


@router.get("/applications/{application_id}/cylinders/export", operation_id="unitExportPage")
async def export_page(web: Browser, application_id: Id, choice: Chosen) -> Response:
    """How many, and what the list is good for; a dialog over the list when a module asks for it."""
    number, filled, status = "", Filled(), 200
    try:
        number = await choice.told(web, application_id)
    except AppError as refusal:
        if refusal.code != "VALIDATION":
            raise
        filled, status = Filled(said=refusal.detail), 200 if web.fragment else refusal.status
    return web.render(
        "unit/cylinder_export.html",
        status,
        filled=filled,
        application_id=application_id,
        choice=choice,
        number=number,
    )


@router.post("/applications/{application_id}/cylinders/export", operation_id="unitExportCylinders")
async def export_cylinders(web: Browser, application_id: Id) -> Response:
    """Asks for the list; the same form again is the same list."""
    choice, number = Choice.of_form(web.form), ""
    try:
        number = await choice.told(web, application_id)
        ids = None if choice.all else list(choice.ids)
        wanted = await web.ask(ExportCylinders(application_id=application_id, ids=ids, filter=choice.filter))
    except AppError as refusal:
        shown = {"application_id": application_id, "choice": choice, "number": number}
        return web.again("unit/cylinder_export.html", refusal, **shown)
    return web.go(f"/u/cylinder-lists/{wanted.id}")


@router.get("/cylinder-lists/{list_id}", operation_id="unitCylinderListPage")
async def list_page(web: Browser, list_id: Id) -> Response:
    """正在生成, then the download."""
    return web.render("unit/cylinder_list.html", wanted=await web.ask(GetCylinderList(list_id=list_id)))


@router.get("/cylinder-lists/{list_id}/file", operation_id="unitCylinderListFile")
async def list_file(web: Browser, list_id: Id) -> Response:
    """The workbook."""
    return redirect(await web.ask(GetCylinderListFile(list_id=list_id)))

"""导入气瓶信息: what is to be done, the dialog 导入, and the imports so far (ui.md section 5.3)."""

from __future__ import annotations

import asyncio

from fastapi import Response
from fastapi.responses import JSONResponse

from contracts.errors import AppError
from contracts.identity import ListDistricts
from contracts.importer import GetWorkbookRules, ListImports, RequestWorkbookUpload, StartImport
from gateway.api.imports import NewImport, WantedWorkbook
from gateway.parameters import Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.unit.photo_uploads import refused, told
from gateway.web.unit.wizard import wizard
from gateway.web.web import Browser

router = pages("/u")
AT = 3
NEWEST = 20
"""以往导入 shows so many."""


@router.get("/applications/{application_id}/import", operation_id="unitImportPage")
async def import_page(web: Browser, application_id: Id) -> Response:
    """Three cards, the dialog, and 以往导入."""
    steps, districts, rules, imports = await asyncio.gather(
        wizard(web, application_id, AT),
        web.ask(ListDistricts(pilot_only=True)),
        web.ask(GetWorkbookRules()),
        web.ask(ListImports(application_id=application_id, limit=NEWEST)),
    )
    if not steps.draft:
        return web.go(steps.base)
    chosen = steps.application.district_code or (imports.items[0].district_code if imports.items else "")
    return web.render(
        "unit/import.html",
        wizard=steps,
        rules=rules,
        filled=Filled(values={"district_code": chosen}),
        districts=[(each.code, each.name) for each in districts.items],
        fixed=steps.application.district_code is not None,
        imports=imports,
    )


@router.post("/applications/{application_id}/import-tickets", operation_id="unitRequestWorkbookUpload")
async def request_upload(web: Browser, application_id: Id, body: WantedWorkbook) -> JSONResponse:
    """Where the module sends the workbook."""
    try:
        ticket = await web.ask(RequestWorkbookUpload(application_id=application_id, **body.model_dump()))
    except AppError as refusal:
        return refused(refusal)
    return told(ticket, 201)


@router.post("/applications/{application_id}/imports", operation_id="unitStartImport")
async def start_import(web: Browser, application_id: Id, body: NewImport) -> JSONResponse:
    """确认导入; the same upload again is the same import."""
    try:
        state = await web.ask(StartImport(application_id=application_id, **body.model_dump()))
    except AppError as refusal:
        return refused(refusal)
    return told(state, 202)

"""One import while it runs, and its result by code (ui.md section 5.3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Response
from fastapi.responses import JSONResponse, StreamingResponse

from contracts.errors import AppError
from contracts.identity import ListDistricts
from contracts.importer import CancelImport, GetErrorWorkbook, GetImport, GetWorkbookRules, ListImports
from gateway.api.import_events import progress
from gateway.api.import_watch import ENDED
from gateway.links import redirect
from gateway.parameters import Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.unit.import_facts import facts_of
from gateway.web.unit.import_preview import Wanted, rows_of, shown
from gateway.web.unit.import_words import Result
from gateway.web.unit.photo_uploads import refused, told
from gateway.web.unit.wizard import wizard
from gateway.web.web import Browser

router = pages("/u")
AT = 3
BEFORE = 6


@router.get("/imports/{import_id}", operation_id="unitImportResultPage")
async def import_result_page(web: Browser, import_id: Id, wanted: Wanted) -> Response:
    """How far it is, or what came of it."""
    state = await web.ask(GetImport(import_id=import_id))
    steps, districts, rules, before, rows, facts = await asyncio.gather(
        wizard(web, state.application_id, AT),
        web.ask(ListDistricts()),
        web.ask(GetWorkbookRules()),
        web.ask(ListImports(application_id=state.application_id, limit=BEFORE)),
        rows_of(web, state, wanted),
        facts_of(web, state),
    )
    result = Result(state, before.items)
    return web.render(
        "unit/import_running.html" if state.state not in ENDED else "unit/import_result.html",
        wizard=steps,
        rules=rules,
        state=state,
        result=result,
        district=next((each.name for each in districts.items if each.code == state.district_code), ""),
        before=[each for each in before.items if each.id != state.id][: BEFORE - 1],
        facts=facts,
        preview=shown(state, result, wanted, rows),
        filled=Filled(values={"district_code": state.district_code}),
        districts=[(each.code, each.name) for each in districts.items],
    )


@router.get("/imports/{import_id}/progress", operation_id="unitImportProgress")
async def import_progress(web: Browser, import_id: Id) -> JSONResponse:
    """For a module whose events do not come through."""
    try:
        state = await web.ask(GetImport(import_id=import_id))
    except AppError as refusal:
        return refused(refusal)
    return told(state, 200)


@router.get("/imports/{import_id}/events", operation_id="unitImportEvents")
async def import_events(web: Browser, import_id: Id) -> Response:
    """The same as server-sent events, until the import ends."""
    first = await web.ask(GetImport(import_id=import_id))
    stopping: asyncio.Event = web.request.app.state.stopping
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream: AsyncIterator[str] = progress(web.request.app.state.import_watch, web.asker, first, stopping)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@router.post("/imports/{import_id}/cancellation", operation_id="unitCancelImport")
async def cancel_import(web: Browser, import_id: Id) -> Response:
    """取消导入; one that ended meanwhile shows its result."""
    try:
        await web.ask(CancelImport(import_id=import_id))
    except AppError as refusal:
        if refusal.code != "WRONG_STATE":
            raise
    return web.go(f"/u/imports/{import_id}")


@router.get("/imports/{import_id}/error-workbook", operation_id="unitErrorWorkbook")
async def error_workbook(web: Browser, import_id: Id) -> Response:
    """下载错误数据."""
    return redirect(await web.ask(GetErrorWorkbook(import_id=import_id)))

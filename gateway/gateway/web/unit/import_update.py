"""用本文件更新这N只: asked once more, then an import of its own (ui.md section 5.3; photos stay)."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from contracts.errors import AppError
from contracts.importer import GetImport, ImportState, UpdateByImport
from gateway.parameters import Id
from gateway.spared import spared
from gateway.web.forms import Filled
from gateway.web.kept import kept
from gateway.web.page_routes import pages
from gateway.web.unit.wizard import Wizard, wizard
from gateway.web.web import Browser, Web

router = pages("/u")
AT = 3


@router.get("/imports/{import_id}/update", operation_id="unitUpdateByImportPage")
async def update_page(web: Browser, import_id: Id) -> Response:
    """The question as a page of its own; the result asks it in a dialog."""
    return web.render("unit/import_update.html", filled=Filled(), **await _content(web, import_id))


@router.post("/imports/{import_id}/update", operation_id="unitUpdateByImport")
async def update_by_import(web: Browser, import_id: Id) -> Response:
    """Queues it, and goes to its progress; asked for twice, it is the same update."""
    try:
        update = await web.ask(UpdateByImport(import_id=import_id))
    except AppError as refusal:
        content = await spared(_content(web, import_id), None)
        if content is None:
            return kept(web, refusal, {})
        return web.again("unit/import_update.html", refusal, **content)
    return web.go(f"/u/imports/{update.id}")


async def _content(web: Web, import_id: str) -> dict[str, Any]:
    state: ImportState = await web.ask(GetImport(import_id=import_id))
    steps: Wizard = await wizard(web, state.application_id, AT)
    return {"state": state, "wizard": steps}

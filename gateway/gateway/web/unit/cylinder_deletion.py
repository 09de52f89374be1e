"""删除所选: asked once more, and above 100 with the number typed (ui.md section 5.4)."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from contracts.errors import AppError, FieldFault
from contracts.importer import DeleteCylinders
from gateway.parameters import Id
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.unit.cylinder_choice import Choice, Chosen
from gateway.web.web import Browser

router = pages("/u")
TYPED_ABOVE = 100
"""From here on the number of cylinders is typed, not only confirmed."""


@router.get("/applications/{application_id}/cylinders/deletion", operation_id="unitDeletionPage")
async def deletion_page(web: Browser, application_id: Id, choice: Chosen) -> Response:
    """How many would be deleted; a dialog over the list when a module asks for it."""
    try:
        number = await choice.count(web, application_id)
    except AppError as refusal:
        return _nothing(web, application_id, choice, refusal)
    return web.render(
        "unit/cylinder_deletion.html", filled=Filled(), **_shown(application_id, choice, number)
    )


@router.post("/applications/{application_id}/cylinders/deletion", operation_id="unitDeleteCylinders")
async def delete_cylinders(web: Browser, application_id: Id) -> Response:
    """Deletes them and says how many were gone."""
    choice = Choice.of_form(web.form)
    number = 0
    try:
        number = await choice.count(web, application_id)
        _check_typed(web.form.text("confirm"), number)
        ids = None if choice.all else list(choice.ids)
        gone = await web.ask(DeleteCylinders(application_id=application_id, ids=ids, filter=choice.filter))
    except AppError as refusal:
        return web.again("unit/cylinder_deletion.html", refusal, **_shown(application_id, choice, number))
    kept = choice.wanted.query() or "?"
    return web.go(f"/u/applications/{application_id}/cylinders{kept}&deleted={gone.deleted}")


def _check_typed(typed: str, number: int) -> None:
    if number > TYPED_ABOVE and typed.replace(",", "") != str(number):
        message = f"请输入数量 {number} 确认"
        raise AppError("VALIDATION", errors=[FieldFault(field="confirm", code="confirm", message=message)])


def _nothing(web: Browser, application_id: str, choice: Choice, refusal: AppError) -> Response:
    if refusal.code != "VALIDATION":
        raise refusal
    shown, status = _shown(application_id, choice, 0), 200 if web.fragment else 422
    return web.render("unit/cylinder_deletion.html", status, filled=Filled(said=refusal.detail), **shown)


def _shown(application_id: str, choice: Choice, number: int) -> dict[str, Any]:
    return {
        "application_id": application_id,
        "choice": choice,
        "number": number,
        "typed": number > TYPED_ABOVE,
    }

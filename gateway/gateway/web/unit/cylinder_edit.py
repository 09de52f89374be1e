"""修改: one cylinder of a draft, by the rules of the import (ui.md section 5.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from contracts.call import Page
from contracts.errors import AppError, FieldFault
from contracts.importer import (
    CylinderFilter,
    CylinderSheet,
    EditCylinder,
    GetCylinder,
    ListMedia,
    ListVarieties,
)
from gateway.parameters import Id
from gateway.spared import spared
from gateway.web.cylinder_fields import CHOICES, FIELDS, LABELS
from gateway.web.cylinder_lists import List, Wanted
from gateway.web.forms import Filled, Form
from gateway.web.kept import kept
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web

router = pages("/u")
WAS = "was."
_NONE: Page[Any] = Page(items=[], total=0)


@dataclass(frozen=True)
class Cells:
    """``typed`` of the form and what the person ``was`` shown, by column."""

    typed: dict[str, str]
    was: dict[str, str]

    @classmethod
    def of(cls, form: Form) -> Cells:
        """Fields that did not come are left alone."""
        came = form.values
        typed = {name: form.text(name) for name in LABELS if name in came}
        was = {name: form.text(WAS + name) for name in LABELS if WAS + name in came}
        return cls(typed, was)

    @property
    def changed(self) -> dict[str, str]:
        """What the person changed."""
        return {name: text for name, text in self.typed.items() if self.was.get(name) != text}

    def over(self, current: dict[str, str]) -> dict[str, str]:
        """The own changes over the cells as they are now."""
        return current | self.changed


@router.get("/cylinders/{cylinder_id}/edit", operation_id="unitEditCylinderPage")
async def edit_page(web: Browser, cylinder_id: Id, wanted: List) -> Response:
    """All columns of the cylinder to type over; beside the list when a module asks for it."""
    content = await _content(web, cylinder_id, wanted)
    cells = _cells(content["sheet"])
    return web.render("unit/cylinder_edit.html", filled=Filled(values=cells), was=cells, **content)


@router.post("/cylinders/{cylinder_id}/edit", operation_id="unitEditCylinder")
async def edit_cylinder(web: Browser, cylinder_id: Id, wanted: List) -> Response:
    """Saves what was changed, and goes back to the list where it was left."""
    cells = Cells.of(web.form)
    try:
        sheet = await _saved(web, cylinder_id, cells)
    except AppError as refusal:
        content = await spared(_content(web, cylinder_id, wanted), None)
        if content is None:
            return kept(web, refusal, LABELS)
        if refusal.code == "STALE":
            return _overtaken(web, cells, content)
        return web.again("unit/cylinder_edit.html", _with_codes(refusal), was=cells.was, **content)
    place = wanted.place or "?"
    return web.go(
        f"/u/applications/{sheet.application_id}/cylinders{place}&edited={cylinder_id}#c{cylinder_id}"
    )


async def _saved(web: Web, cylinder_id: str, cells: Cells) -> CylinderSheet:
    if not cells.changed:
        return await web.ask(GetCylinder(cylinder_id=cylinder_id, filter=CylinderFilter()))
    return await web.ask(EditCylinder(cylinder_id=cylinder_id, values=cells.changed, was=cells.was))


def _overtaken(web: Web, cells: Cells, content: dict[str, Any]) -> Response:
    """Another was quicker: the own changes stay typed, beside each stands what the cell is now."""
    current = _cells(content["sheet"])
    now = {name: current[name] or "（空）" for name in cells.changed if current[name] != cells.was.get(name)}
    others = [LABELS[name] for name in current if current[name] != cells.was.get(name)]
    content |= {"conflict": f"该气瓶刚才已由其他人修改：{'、'.join(others)}。", "now": now}
    filled = Filled(values=cells.over(current))
    return web.render("unit/cylinder_edit.html", 409, filled=filled, was=current, **content)


def _with_codes(refusal: AppError) -> AppError:
    """The refusal with one fault for each field: every code with its sentence."""
    told: dict[str, list[str]] = {}
    for fault in refusal.errors:
        told.setdefault(fault.field, []).append(f"{fault.code} {fault.message}")
    faults = [FieldFault(field=name, code="", message="；".join(texts)) for name, texts in told.items()]
    return AppError(refusal.code, refusal.detail, errors=faults, **refusal.extra)


def _cells(sheet: CylinderSheet) -> dict[str, str]:
    return {name: sheet.cylinder.values.get(name) or "" for name in LABELS}


def _options(names: Sequence[str], own: str) -> list[tuple[str, str]]:
    """What may be chosen; what the cylinder has stays among it when it may not be chosen any more."""
    return [(name, name) for name in (names if own in names or not own else [own, *names])]


async def _content(web: Web, cylinder_id: str, wanted: Wanted) -> dict[str, Any]:
    """The cylinder, and what may be chosen; without the lists the choice is what it is already."""
    sheet, varieties, media = await asyncio.gather(
        web.ask(GetCylinder(cylinder_id=cylinder_id, filter=CylinderFilter())),
        spared(web.ask(ListVarieties()), _NONE),
        spared(web.ask(ListMedia()), _NONE),
    )
    names = {
        **CHOICES,
        "variety_name": [each.name for each in varieties.items],
        "medium_name": [each.name for each in media.items],
    }
    cells = _cells(sheet)
    return {
        "sheet": sheet,
        "fields": FIELDS,
        "labels": LABELS,
        "choices": {name: _options(texts, cells[name]) for name, texts in names.items()},
        "wanted": wanted,
        "conflict": "",
        "now": {},
    }

"""Correcting the cylinders of a draft: one row, a list with 系统编号, the same workbook again; what to look over."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import RedirectResponse
from pydantic import Field

from contracts.importer import (
    CylinderFilter,
    CylinderList,
    CylinderSheet,
    EditCylinder,
    ExportCylinders,
    FindHolder,
    GetCylinder,
    GetCylinderList,
    GetCylinderListFile,
    GetImportFacts,
    Holder,
    ImportFacts,
    ImportState,
    UpdateByImport,
)
from gateway.api.cylinders import FilterBody
from gateway.asker import Ask
from gateway.bodies import Body
from gateway.links import REDIRECT, redirect
from gateway.parameters import Id
from gateway.routing import resource

router = resource("更正气瓶信息")
Cell = Annotated[str, Field(max_length=1000)]


class Corrections(Body):
    """Cells as typed, by column name; what is not named stays. ``was``: what was seen, against silent overwriting."""

    values: dict[str, Cell] = Field(min_length=1, max_length=25)
    was: dict[str, Cell] = Field(default_factory=dict, max_length=25)


class Chosen(Body):
    """Which cylinders: those named, those of the filter of the list, or, with neither, all."""

    ids: list[str] | None = Field(default=None, min_length=1, max_length=1000)
    filter: FilterBody | None = None


@router.get("/cylinders/{cylinder_id}", operation_id="getCylinder", summary="一只气瓶的全部信息")
async def get_cylinder(cylinder_id: Id, ask: Ask) -> CylinderSheet:
    """``cylinder.values`` holds all cells of the template as they would be typed; ``editable`` in a draft."""
    return await ask.ask(GetCylinder(cylinder_id=cylinder_id))


@router.patch("/cylinders/{cylinder_id}", operation_id="editCylinder", summary="修改草稿中的气瓶")
async def edit_cylinder(cylinder_id: Id, body: Corrections, ask: Ask) -> CylinderSheet:
    """By the rules of the import; photos stay. VALIDATION names each column with its code and sentence.

    STALE with ``current`` when a cell of ``was`` is another by now.
    """
    return await ask.ask(EditCylinder(cylinder_id=cylinder_id, values=body.values, was=body.was))


@router.post(
    "/imports/{import_id}/updates",
    status_code=202,
    operation_id="updateByImport",
    summary="用本文件更新已在本批次的气瓶",
)
async def update_by_import(import_id: Id, ask: Ask) -> ImportState:
    """An import of its own over the ``updatable`` rows; the same again is the same update."""
    return await ask.ask(UpdateByImport(import_id=import_id))


@router.get(
    "/imports/{import_id}/facts", operation_id="getImportFacts", summary="导入的制造单位、型号和制造年月"
)
async def get_import_facts(import_id: Id, ask: Ask) -> ImportFacts:
    """With their counts; ``near`` names values that may be the same, written otherwise."""
    return await ask.ask(GetImportFacts(import_id=import_id))


@router.post(
    "/applications/{application_id}/cylinder-lists",
    status_code=202,
    operation_id="exportCylinders",
    summary="导出清单",
)
async def export_cylinders(application_id: Id, body: Chosen, ask: Ask) -> CylinderList:
    """A workbook with 系统编号; imported again it corrects the cylinders of a draft."""
    wanted = CylinderFilter(**body.filter.model_dump()) if body.filter else None
    return await ask.ask(ExportCylinders(application_id=application_id, ids=body.ids, filter=wanted))


@router.get("/cylinder-lists/{list_id}", operation_id="getCylinderList", summary="导出清单的状态")
async def get_cylinder_list(list_id: Id, ask: Ask) -> CylinderList:
    """``queued`` or ``ready``."""
    return await ask.ask(GetCylinderList(list_id=list_id))


@router.get(
    "/cylinder-lists/{list_id}/file",
    status_code=302,
    response_class=RedirectResponse,
    responses=REDIRECT,
    operation_id="getCylinderListFile",
    summary="下载清单",
)
async def get_cylinder_list_file(list_id: Id, ask: Ask) -> RedirectResponse:
    """PREPARING while it is made."""
    return redirect(await ask.ask(GetCylinderListFile(list_id=list_id)))


@router.get("/holders", operation_id="findHolder", summary="查询气瓶由哪个申请占用")
async def find_holder(
    ask: Ask,
    manufacturer_name: Annotated[str, Query(min_length=1, max_length=200, description="制造单位名称")],
    serial_no: Annotated[str, Query(min_length=1, max_length=100, description="产品编号")],
    manufacture_ym: Annotated[str, Query(min_length=4, max_length=20, description="制造年月")],
) -> Holder:
    """For the officers of the authority that holds it, also while it is a draft."""
    call = FindHolder(manufacturer_name=manufacturer_name, serial_no=serial_no, manufacture_ym=manufacture_ym)
    return await ask.ask(call)

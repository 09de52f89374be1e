"""Imports of workbooks into an application."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import RedirectResponse
from pydantic import Field

from contracts.call import Page
from contracts.files import UploadTicket
from contracts.importer import (
    CancelImport,
    GetErrorWorkbook,
    GetImport,
    ImportRow,
    ImportState,
    ListImportRows,
    ListImports,
    RequestWorkbookUpload,
    StartImport,
)
from gateway.asker import Ask
from gateway.bodies import Body, Size
from gateway.links import REDIRECT, redirect
from gateway.parameters import Id, Pages
from gateway.routing import resource

router = resource("导入气瓶信息")
Severity = Annotated[Literal["error"], Query(description="error：没有导入的行")]


class WantedWorkbook(Body):
    """The workbook that is to be uploaded; ``size`` in bytes."""

    file_name: str = Field(min_length=1, max_length=200)
    size: Size


class NewImport(Body):
    """The uploaded workbook and the pilot district for whose authority it is meant."""

    upload_id: str = Field(min_length=1, max_length=64)
    district_code: str = Field(min_length=1, max_length=12)


@router.post(
    "/applications/{application_id}/import-tickets",
    status_code=201,
    operation_id="requestWorkbookUpload",
    summary="取得工作簿的上传地址",
)
async def request_upload(application_id: Id, body: WantedWorkbook, ask: Ask) -> UploadTicket:
    """Post the file to ``url`` as a multipart form: ``fields`` first, then ``file``."""
    return await ask.ask(RequestWorkbookUpload(application_id=application_id, **body.model_dump()))


@router.post(
    "/applications/{application_id}/imports", status_code=202, operation_id="startImport", summary="确认导入"
)
async def start_import(application_id: Id, body: NewImport, ask: Ask) -> ImportState:
    """Queues the import; the same upload again is the same import."""
    return await ask.ask(StartImport(application_id=application_id, **body.model_dump()))


@router.get("/applications/{application_id}/imports", operation_id="listImports", summary="导入记录")
async def list_imports(application_id: Id, ask: Ask, pages: Pages) -> Page[ImportState]:
    """The newest first."""
    call = ListImports(application_id=application_id, limit=pages.limit, cursor=pages.cursor)
    return await ask.ask(call)


@router.get("/imports/{import_id}", operation_id="getImport", summary="导入进度和结果")
async def get_import(import_id: Id, ask: Ask) -> ImportState:
    """``imported`` + ``failed`` + ``already`` is the number of rows read."""
    return await ask.ask(GetImport(import_id=import_id))


@router.delete("/imports/{import_id}", operation_id="cancelImport", summary="取消导入")
async def cancel_import(import_id: Id, ask: Ask) -> ImportState:
    """Nothing of it stays. WRONG_STATE when it has ended."""
    return await ask.ask(CancelImport(import_id=import_id))


@router.get("/imports/{import_id}/rows", operation_id="listImportRows", summary="没有导入的行")
async def list_import_rows(
    import_id: Id,
    ask: Ask,
    pages: Pages,
    severity: Severity = "error",  # noqa: ARG001  # checked and described; the call knows errors only
) -> Page[ImportRow]:
    """In the order of the sheet, each with its codes and its cells as typed."""
    return await ask.ask(ListImportRows(import_id=import_id, limit=pages.limit, cursor=pages.cursor))


@router.get(
    "/imports/{import_id}/error-workbook",
    status_code=302,
    response_class=RedirectResponse,
    responses=REDIRECT,
    operation_id="getErrorWorkbook",
    summary="下载错误数据",
)
async def get_error_workbook(import_id: Id, ask: Ask) -> RedirectResponse:
    """The failed rows in the template's own columns, with the reasons. PREPARING while it is written."""
    return redirect(await ask.ask(GetErrorWorkbook(import_id=import_id)))

"""Tickets to upload a workbook straight into storage."""

from __future__ import annotations

from pathlib import PurePath

from sqlalchemy.dialects.postgresql import insert

from chassis import context
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.files import UploadTicket
from contracts.importer import RequestWorkbookUpload
from importer.adapters.scopes import check_open
from importer.adapters.tables import upload
from importer.adapters.workbook_file import MIB
from importer.application.scope_use import own_scope
from importer.application.tools import Tools

AREA = "workbooks"
"""The area of the staging prefix for workbooks."""
# A browser without a spreadsheet program says application/octet-stream; what the file is, its bytes tell.
CONTENT_TYPE = "application/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def request_upload(request: RequestWorkbookUpload, caller: Caller, tools: Tools) -> UploadTicket:
    """A ticket for one workbook. Raises NOT_FOUND, WRONG_STATE, FILE_TYPE, FILE_TOO_LARGE."""
    scope = own_scope(tools, request.application_id, caller)
    check_open(scope)
    if PurePath(request.file_name).suffix.lower() != ".xlsx":
        raise AppError(
            "FILE_TYPE", "只支持.xlsx格式的文件，请使用系统下载的模板填写，或另存为.xlsx后重新选择。"
        )
    most = tools.limits.max_bytes
    check_size(request.size, most)
    ticket = tools.storage.ticket(AREA, CONTENT_TYPE, most, context.operation_id().hex)
    with tools.database.changing(caller.actor) as change:
        row = {"scope_no": scope.no, "file_name": request.file_name, "size": request.size}
        new = insert(upload).values(upload_id=ticket.upload_id, **row)
        change.session.execute(new.on_conflict_do_nothing())  # the same call again: the same upload
    fields = {**ticket.fields, "Content-Type": XLSX}
    return UploadTicket(upload_id=ticket.upload_id, url=ticket.url, fields=fields)


def check_size(size: int, most: int) -> None:
    """Raises FILE_TOO_LARGE for a workbook of more than ``most`` bytes."""
    if size > most:
        raise AppError(
            "FILE_TOO_LARGE", f"文件大小为{size / MIB:.1f}MB，超过{most / MIB:g}MB，请拆分后分次导入。"
        )

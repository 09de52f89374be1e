"""Tickets: permissions to upload files for a draft straight into storage."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from attachments import keys, scopes
from attachments.scopes import Scope
from attachments.tables import upload
from attachments.tools import Tools
from chassis import context
from chassis.access import check_may_see
from chassis.storage import Ticket
from chassis.tokens import Caller
from contracts.attachments import RequestUploads, UploadTickets, WantedUpload
from contracts.errors import AppError
from contracts.files import UploadTicket

# What a browser may say that a file is → how the content type of its upload must begin. What it really is, is
# checked on the bytes.
CONTENT_TYPES = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/heic": "image/hei",
    "image/heif": "image/hei",
    keys.PDF: keys.PDF,
}


def request_uploads(request: RequestUploads, caller: Caller, tools: Tools) -> UploadTickets:
    """Tickets in the order asked for. Raises NOT_FOUND, WRONG_STATE, FILE_TYPE, FILE_TOO_LARGE."""
    scope = scopes.known_or_asked(tools, request.application_id, caller.actor)
    check_may_see(caller, scope.unit_id, scope.authority_code)
    scopes.check_open(scope)
    most = tools.pictures.max_bytes
    for item in request.items:
        _check(item, most)
    tickets = [
        tools.storage.ticket(
            keys.AREA, CONTENT_TYPES[item.content_type], most, context.operation_id(str(at)).hex
        )
        for at, item in enumerate(request.items)
    ]
    with tools.database.changing(caller.actor) as change:  # the same call again: the same uploads
        new = insert(upload).on_conflict_do_nothing()
        change.session.execute(new, _rows(scope, tickets, request.items))
    return UploadTickets(
        items=[_answer(ticket, item) for ticket, item in zip(tickets, request.items, strict=True)]
    )


def _answer(ticket: Ticket, item: WantedUpload) -> UploadTicket:
    """With the content type among the fields, so that whoever posts them as they are is let in."""
    fields = {**ticket.fields, "Content-Type": item.content_type}
    return UploadTicket(upload_id=ticket.upload_id, url=ticket.url, fields=fields)


def _check(item: WantedUpload, most: int) -> None:
    if item.content_type not in CONTENT_TYPES:
        raise AppError(
            "FILE_TYPE",
            f"“{item.file_name}”不是JPEG、PNG、HEIC照片或PDF文件，请重新选择，或另存为JPEG后上传。",
        )
    if item.size > most:
        megabytes = most / (1024 * 1024)
        raise AppError(
            "FILE_TOO_LARGE", f"“{item.file_name}”超过{megabytes:g}MB，请压缩或降低分辨率后重新选择。"
        )


def _rows(scope: Scope, tickets: list[Ticket], items: list[WantedUpload]) -> list[dict[str, object]]:
    return [
        {"upload_id": ticket.upload_id, "scope_no": scope.no, **item.model_dump()}
        for ticket, item in zip(tickets, items, strict=True)
    ]

"""Documents of an application: 托管协议 and 安全评定, as PDF or picture."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from attachments import keys, kinds, scopes
from attachments.scopes import Scope
from attachments.tables import document, upload
from attachments.tools import Tools
from chassis.access import check_may_see
from chassis.database import Change
from chassis.jobs import NewJob
from chassis.storage import Storage
from chassis.tokens import Caller
from contracts.attachments import AddDocument, Document, ListDocuments
from contracts.call import Page
from contracts.errors import AppError

MOST = 50
"""Documents of one application, so that they are one page."""
_UPLOAD = text("select file_name, used_by from upload where upload_id = :id and scope_no = :no for update")


def add_document(change: Change, request: AddDocument, caller: Caller, storage: Storage) -> Document:
    """Binds an upload to the application. Raises NOT_FOUND, WRONG_STATE, VALIDATION when there are too many."""
    scope = scopes.lock_shared(change.session, request.application_id)
    check_may_see(caller, scope.unit_id, scope.authority_code)
    document_id = keys.id_of(request.upload_id)
    ticket = change.session.execute(_UPLOAD, {"id": request.upload_id, "no": scope.no}).one_or_none()
    there = _find(change.session, scope.no, document_id)
    if there is not None:
        return shown(there, storage)
    scopes.check_open(scope)
    if ticket is None or ticket.used_by is not None:
        raise AppError("NOT_FOUND", "没有找到这次上传，或该文件已被使用，请重新选择文件上传。")
    _check_number(change.session, scope.no)
    row = {
        "id": document_id,
        "scope_no": scope.no,
        "upload_id": request.upload_id,
        "kind": request.kind_of_document,
        "file_name": ticket.file_name,
        "created_at": datetime.now(UTC),
    }
    _insert(change, scope, row)
    return Document(id=str(document_id), kind=request.kind_of_document, file_name=ticket.file_name, url="",
                    state="pending", created_at=row["created_at"])  # fmt: skip


def _check_number(session: Session, scope_no: int) -> None:
    there = session.execute(select(func.count()).where(document.c.scope_no == scope_no)).scalar_one()
    if there >= MOST:
        raise AppError("VALIDATION", f"每个申请最多上传{MOST}份文件，请合并后再上传。")


def _insert(change: Change, scope: Scope, row: dict[str, Any]) -> None:
    change.session.execute(insert(document).values(**row))
    change.session.execute(
        update(upload).where(upload.c.upload_id == row["upload_id"]).values(used_by=row["id"])
    )
    payload = {"document_id": str(row["id"]), "upload_id": row["upload_id"]}
    change.enqueue(NewJob(kinds.DOCUMENT, payload, scope.unit_id, id=row["id"]))
    change.note(
        "document.added", f"document:{row['id']}", application_id=scope.application_id, kind=row["kind"]
    )


def _find(session: Session, scope_no: int, document_id: UUID) -> Any:
    query = select(document).where(document.c.id == document_id, document.c.scope_no == scope_no)
    return session.execute(query).one_or_none()


def list_documents(request: ListDocuments, caller: Caller, tools: Tools) -> Page[Document]:
    """All of them, the oldest first. Raises NOT_FOUND."""
    with tools.database.reading() as session:
        scope = scopes.find(session, request.application_id)
        if scope is None:
            raise AppError("NOT_FOUND")
        scopes.check_reader(scope, caller)
        query = select(document).where(document.c.scope_no == scope.no)
        rows = session.execute(query.order_by(document.c.created_at, document.c.id).limit(MOST)).all()
    return Page[Document](items=[shown(row, tools.storage) for row in rows], total=len(rows))


def shown(row: Any, storage: Storage) -> Document:
    """A document as its readers see it; it is saved under its own name, with the ending of what it has become."""
    url = ""
    if row.state == "ready":
        url = storage.link(row.object_key, PurePath(row.file_name).stem + PurePath(row.object_key).suffix)
    return Document(
        id=str(row.id),
        kind=row.kind,
        file_name=row.file_name,
        url=url,
        state=row.state,
        reason=row.reason,
        created_at=row.created_at,
    )

"""确认导入: from an uploaded workbook to a queued import. A saga: others are asked before the transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis import context
from chassis.access import check_may_see
from chassis.storage import NotStoredError, Storage
from chassis.tokens import Caller
from contracts.errors import AppError
from contracts.identity import Authority, GetAuthority
from contracts.importer import ImportState, StartImport
from contracts.review import ApplicationScope, ChooseDistrict
from importer.adapters import scopes
from importer.adapters.scopes import Scope
from importer.adapters.tables import counter, upload
from importer.adapters.tables import scope as scope_table
from importer.application import imports
from importer.application.import_rows import NewImport, queue_import
from importer.application.tools import Tools
from importer.application.uploads import AREA, check_size

_IMPORTS = UUID("2f1b8a52-51e1-5c35-9d58-7f6d2a7b9c04")
_NOT_UPLOADED = "没有找到上传的文件，请重新选择文件上传后再确认导入。"


@dataclass(frozen=True)
class _Uploaded:
    scope: Scope
    file_name: str
    may_change_district: bool


def start_import(request: StartImport, caller: Caller, tools: Tools) -> ImportState:
    """Queues the import. Raises NOT_FOUND, WRONG_STATE, FILE_TOO_LARGE, DISTRICT_NOT_PILOT, DISTRICT_DIFFERS."""
    import_id = import_id_of(request.upload_id)
    with tools.database.reading() as session:
        if imports.exists(session, import_id):
            return imports.state_of(session, import_id, caller, tools.references(), request.application_id)
        uploaded = _uploaded(session, request, caller)
    size = _size(tools.storage, request.upload_id, import_id)
    check_size(size, tools.limits.max_bytes)
    told = _choose_district(request, uploaded, tools)
    authority = _authority(uploaded.scope, told, tools)
    key = object_key(import_id)
    _move(tools.storage, request.upload_id, key)
    new = NewImport(import_id, request.district_code, uploaded.file_name, size, key)
    with tools.database.changing(caller.actor) as change:
        scope = scopes.lock_to_change(change.session, request.application_id)
        _note_district(change.session, scope, told, authority)
        queue_import(change, scope, new)
    with tools.database.reading() as session:
        return imports.state_of(session, import_id, caller, tools.references(), request.application_id)


def import_id_of(upload_id: str) -> UUID:
    """The id of the import of an upload: the same upload again is the same import."""
    return uuid5(_IMPORTS, upload_id)


def object_key(import_id: UUID) -> str:
    """Where the workbook of an import lies."""
    return f"importer/workbooks/{import_id}.xlsx"


def _uploaded(session: Session, request: StartImport, caller: Caller) -> _Uploaded:
    scope = scopes.find(session, request.application_id)
    if scope is None:
        raise AppError("NOT_FOUND")
    check_may_see(caller, scope.unit_id, scope.authority_code)
    mine = (upload.c.upload_id == request.upload_id) & (upload.c.scope_no == scope.no)
    file_name = session.execute(select(upload.c.file_name).where(mine)).scalar()
    if file_name is None:
        raise AppError("NOT_FOUND", _NOT_UPLOADED)
    scopes.check_open(scope)
    return _Uploaded(scope, file_name, _nothing_imported(session, scope.no))


def _nothing_imported(session: Session, scope_no: int) -> bool:
    cylinders = select(counter.c.cylinders).where(counter.c.scope_no == scope_no)
    return not session.execute(cylinders).scalar_one() and not imports.is_under_way(session, scope_no)


def _size(storage: Storage, upload_id: str, import_id: UUID) -> int:
    """In bytes, of the staged workbook or of the one that an earlier try moved already."""
    for key in (storage.staging_key(AREA, upload_id), object_key(import_id)):
        try:
            return storage.size(key)
        except NotStoredError:
            continue
    raise AppError("NOT_FOUND", _NOT_UPLOADED)


def _move(storage: Storage, upload_id: str, key: str) -> None:
    try:
        storage.move(storage.staging_key(AREA, upload_id), key)
    except NotStoredError as fault:
        raise AppError("NOT_FOUND", _NOT_UPLOADED) from fault


def _choose_district(request: StartImport, uploaded: _Uploaded, tools: Tools) -> ApplicationScope:
    asked = ChooseDistrict(
        application_id=request.application_id,
        unit_id=uploaded.scope.unit_id,
        district_code=request.district_code,
        may_change=uploaded.may_change_district,
    )
    # A repeat of this call may find that it may not change the district any more: another request, so another key.
    return tools.rpc.call(asked, key=f"{context.operation_id()}:district:{asked.may_change}")


def _authority(scope: Scope, told: ApplicationScope, tools: Tools) -> Authority | None:
    """The authority whose name and telephone the sentences give; None when they are known already."""
    known = scope.authority_name and scope.authority_code == told.authority_code
    if known or told.district_code is None:
        return None
    return tools.rpc.call(GetAuthority(district_code=told.district_code))


def _note_district(
    session: Session, scope: Scope, told: ApplicationScope, authority: Authority | None
) -> None:
    values = {"district_code": told.district_code, "authority_code": told.authority_code}
    if authority is not None:
        values |= {"authority_name": authority.name, "authority_phone": authority.phone}
    session.execute(update(scope_table).where(scope_table.c.no == scope.no).values(**values))

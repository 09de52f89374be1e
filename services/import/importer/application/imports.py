"""Reading imports: how far they are, what became of them, which rows were not imported."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, any_, func, select
from sqlalchemy.orm import Session

from chassis.access import visible
from chassis.pages import cursor_of, place_of
from chassis.tokens import Caller
from contracts.call import Page
from contracts.errors import AppError
from contracts.files import Link
from contracts.importer import (
    CodeCount,
    GetErrorWorkbook,
    GetImport,
    ImportFault,
    ImportRow,
    ImportState,
    ListImportRows,
    ListImports,
    Progress,
)
from importer.adapters.tables import import_row, import_run, progress
from importer.adapters.tables import scope as scope_table
from importer.application.scope_use import own_scope
from importer.application.tools import Tools
from importer.domain.codes import ImportCode
from importer.domain.references import References

UNDER_WAY = ("queued", "running")
_PROGRESS = ("total", "read", "checked", "inserted", "failed")
_SURE_AFTER_S = 3.0  # before, the rate says nothing
_SHOWN = (
    "id", "seq", "state", "district_code", "file_name", "imported", "failed", "already", "warned", "codes", "fault",
    "read", "error_key", "created_at", "finished_at", "started_at", "updated", "updatable", "source_id", "sha256",
    "account_id",
)  # fmt: skip
_WAIT_S, _LOOK_S = 2.0, 0.2  # a small error workbook is ready before its reader could ask again


def is_under_way(session: Session, scope_no: int) -> bool:
    """Whether an import into this application waits or runs."""
    here = (import_run.c.scope_no == scope_no) & import_run.c.state.in_(UNDER_WAY)
    return session.execute(select(import_run.c.id).where(here).limit(1)).scalar() is not None


def exists(session: Session, import_id: UUID) -> bool:
    """Whether there is an import of this id, whoever's it is."""
    return session.execute(select(import_run.c.id).where(import_run.c.id == import_id)).scalar() is not None


def get_import(request: GetImport, caller: Caller, tools: Tools) -> ImportState:
    """One import. Raises NOT_FOUND."""
    with tools.database.reading() as session:
        return state_of(session, id_of(request.import_id), caller, tools.references())


def list_imports(request: ListImports, caller: Caller, tools: Tools) -> Page[ImportState]:
    """The imports into one application, the newest first."""
    scope = own_scope(tools, request.application_id, caller)
    before = place_of(request.cursor, (int,))
    here = import_run.c.scope_no == scope.no
    query = _imports(caller).where(here).order_by(import_run.c.seq.desc()).limit(request.limit + 1)
    if before is not None:
        query = query.where(import_run.c.seq < before[0])
    with tools.database.reading() as session:
        rows = session.execute(query).mappings().all()
        total = session.execute(select(func.count()).select_from(import_run).where(here)).scalar_one()
    shown, codes = rows[: request.limit], tools.references().codes
    more = len(rows) > request.limit
    return Page(
        items=[_state(row, codes, request.application_id) for row in shown],
        next_cursor=cursor_of(shown[-1]["seq"]) if more else None,
        total=total,
    )


def state_of(
    session: Session,
    import_id: UUID,
    caller: Caller,
    references: References,
    application_id: str | None = None,
) -> ImportState:
    """One import of the caller's (and of this application, if one is named). Raises NOT_FOUND."""
    row = session.execute(_imports(caller).where(import_run.c.id == import_id)).mappings().one_or_none()
    if row is None or application_id not in (None, row["application_id"]):
        raise AppError("NOT_FOUND")
    return _state(row, references.codes, row["application_id"])


def list_import_rows(request: ListImportRows, caller: Caller, tools: Tools) -> Page[ImportRow]:
    """The rows that were not imported, in the order of the sheet. Raises NOT_FOUND."""
    import_id, after = id_of(request.import_id), place_of(request.cursor, (int,))
    query = select(import_row).where(import_row.c.import_id == import_id).order_by(import_row.c.row_no)
    if request.code:
        query = query.where(any_(import_row.c.codes) == request.code)
    if request.already is not None:
        query = query.where(import_row.c.already == request.already)
    if after is not None:
        query = query.where(import_row.c.row_no > after[0])
    with tools.database.reading() as session:
        state = state_of(session, import_id, caller, tools.references())
        rows = session.execute(query.limit(request.limit + 1)).mappings().all()
    shown, names = rows[: request.limit], [column.code_name for column in tools.references().columns]
    more = len(rows) > request.limit
    return Page(
        items=[_row(row, names) for row in shown],
        next_cursor=cursor_of(shown[-1]["row_no"]) if more else None,
        total=_count_of(state, request),
    )


_COUNTED = {None: ("failed", "already"), False: ("failed",), True: ("already",)}


def _count_of(state: ImportState, request: ListImportRows) -> int:
    """Rows that were not imported, or those of them that were asked for."""
    if request.code is None:
        return sum(getattr(state, name) for name in _COUNTED[request.already])
    return sum(each.count for each in state.codes if each.code == request.code)


def get_error_workbook(request: GetErrorWorkbook, caller: Caller, tools: Tools) -> Link:
    """下载错误数据. Raises NOT_FOUND when no row failed, PREPARING while the import or the writing goes on."""
    import_id, until = id_of(request.import_id), time.monotonic() + _WAIT_S
    while True:
        with tools.database.reading() as session:
            query = _imports(caller).where(import_run.c.id == import_id)
            row = session.execute(query).mappings().one_or_none()
        if row is None or (row["state"] not in UNDER_WAY and not row["failed"] + row["already"]):
            raise AppError("NOT_FOUND", "没有可下载的错误数据：该次导入没有失败的行。" if row else None)
        if row["error_key"]:
            stem = PurePath(row["file_name"]).stem
            return Link(url=tools.storage.link(row["error_key"], f"{stem}-错误数据.xlsx"))
        if row["state"] in UNDER_WAY or time.monotonic() >= until:
            raise AppError("PREPARING", "错误数据正在生成，请稍后再下载。")
        time.sleep(_LOOK_S)


def id_of(text: str) -> UUID:
    """The id of an import. Raises NOT_FOUND for what cannot be one."""
    try:
        return UUID(text)
    except ValueError as fault:
        raise AppError("NOT_FOUND") from fault


def _imports(caller: Caller) -> Select[Any]:
    """The imports that the caller may see, each with its application and how far it is."""
    done = [func.coalesce(progress.c[name], 0).label(f"progress_{name}") for name in _PROGRESS]
    shown = [import_run.c[name] for name in _SHOWN]
    before = import_run.alias()
    ahead = (
        select(func.count())
        .where(before.c.state.in_(UNDER_WAY), before.c.seq < import_run.c.seq, import_run.c.state == "queued")
        .scalar_subquery()
    )
    elapsed = func.extract("epoch", func.now() - import_run.c.started_at)
    return (
        select(*shown, scope_table.c.application_id, *done, ahead.label("ahead"), elapsed.label("elapsed"))
        .join(scope_table, scope_table.c.no == import_run.c.scope_no)
        .outerjoin(progress, progress.c.import_id == import_run.c.id)
        .where(visible(caller, scope_table.c.unit_id, scope_table.c.authority_code))
    )


def _state(row: RowMapping, codes: Mapping[str, ImportCode], application_id: str) -> ImportState:
    return ImportState(
        id=str(row["id"]),
        application_id=application_id,
        progress=_progress(row),
        codes=_counts(row["codes"], codes),
        error_workbook=bool(row["failed"] + row["already"]),
        updates=str(row["source_id"]) if row["source_id"] else None,
        fault=ImportFault(**row["fault"]) if row["fault"] else None,
        **{name: row[name] for name in _SHOWN if name in ImportState.model_fields and name not in _OWN},
    )


_OWN = ("id", "codes", "fault")


def _progress(row: RowMapping) -> Progress:
    """How far it is. At the end by the counts of the import: rows prepared and left empty were never there."""
    if row["state"] != "finished":
        counts = {name: row[f"progress_{name}"] for name in _PROGRESS}
        ahead = row["ahead"] if row["state"] == "queued" else None
        return Progress(**counts, ahead=ahead, seconds_left=_seconds_left(row))
    read = row["read"]
    return Progress(total=read, read=read, checked=read, inserted=row["imported"], failed=row["failed"])


def _seconds_left(row: RowMapping) -> int | None:
    """At the rate so far; None when the sheet does not say how long it is, or too little was done to tell."""
    done = row["progress_inserted"] + row["progress_failed"]
    if row["state"] != "running" or not done or row["elapsed"] is None or row["elapsed"] < _SURE_AFTER_S:
        return None
    left = max(row["progress_total"] - done, 0)
    return int(float(row["elapsed"]) * left / done)


def _counts(counts: Mapping[str, int], codes: Mapping[str, ImportCode]) -> list[CodeCount]:
    """Errors before warnings, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (item[0][0] == "W", -item[1], item[0]))
    return [
        CodeCount(code=code, message=codes[code].general(count) if code in codes else code, count=count)
        for code, count in ordered
    ]


def _row(row: RowMapping, names: list[str]) -> ImportRow:
    return ImportRow(
        row=row["row_no"],
        columns=row["columns"],
        codes=row["codes"],
        messages=row["messages"],
        values=dict(zip(names, row["values"], strict=False)),  # a column may have been added since
        differs=row["differs"],
    )

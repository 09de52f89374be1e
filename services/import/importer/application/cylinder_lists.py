"""导出清单: the cylinders of an application as a workbook with 系统编号, which corrects them when it is imported."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.orm import Session

from chassis import jobs
from chassis.access import check_may_see, visible
from chassis.database import Change
from chassis.jobs import ClaimedJob, NewJob
from chassis.patience import patiently
from chassis.tokens import Caller
from chassis.worker import Keeper
from contracts.errors import AppError
from contracts.files import Link
from contracts.importer import (
    CylinderFilter,
    CylinderList,
    ExportCylinders,
    GetCylinderList,
    GetCylinderListFile,
)
from importer.adapters import scopes
from importer.adapters.list_workbook import write_list_workbook
from importer.adapters.tables import cylinder, cylinder_list
from importer.adapters.tables import scope as scope_table
from importer.application import kinds
from importer.application.cells_of import cells_of
from importer.application.cylinders import matching
from importer.application.imports import id_of
from importer.application.release import among
from importer.application.tools import Tools
from importer.domain.ids import id_number

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AT_ONCE = 2000


def export_cylinders(change: Change, request: ExportCylinders, caller: Caller) -> CylinderList:
    """Asks for a list. Raises NOT_FOUND, VALIDATION when both ids and a filter are named."""
    if request.ids is not None and request.filter is not None:
        raise AppError("VALIDATION", "请导出所选气瓶，或按筛选条件导出，二者选一。")
    scope = scopes.find(change.session, request.application_id)
    if scope is None:
        raise AppError("NOT_FOUND")
    check_may_see(caller, scope.unit_id, scope.authority_code)
    list_id = uuid.uuid4()
    chosen = request.model_dump(include={"ids", "filter"}, mode="json")
    change.session.execute(insert(cylinder_list).values(id=list_id, scope_no=scope.no, chosen=chosen))
    change.enqueue(NewJob(kinds.LIST, {"list_id": str(list_id)}, scope.unit_id))
    change.note("cylinders.exported", f"application:{scope.application_id}", list_id=str(list_id))
    return _told(_row(change.session, list_id, caller))


def get_cylinder_list(request: GetCylinderList, caller: Caller, tools: Tools) -> CylinderList:
    """How far it is. Raises NOT_FOUND."""
    with tools.database.reading() as session:
        return _told(_row(session, id_of(request.list_id), caller))


def get_cylinder_list_file(request: GetCylinderListFile, caller: Caller, tools: Tools) -> Link:
    """Where it lies. Raises NOT_FOUND, PREPARING."""
    with tools.database.reading() as session:
        row = _row(session, id_of(request.list_id), caller)
    if row["object_key"] is None:
        raise AppError("PREPARING", "清单正在生成，请稍后再下载。")
    return Link(url=tools.storage.link(row["object_key"], f"气瓶清单-{row['application_no']}.xlsx"))


def write(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """The job: writes and stores the workbook; repeating it does it again."""
    list_id = uuid.UUID(job.payload["list_id"])
    key = f"importer/lists/{list_id}.xlsx"
    with tempfile.TemporaryDirectory(prefix="list-") as folder:
        path = Path(folder) / "list.xlsx"
        with tools.database.reading() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            rows = _rows(session, list_id, keeper, tools)
            count = write_list_workbook(path, rows, tools.references())
        patiently(lambda: tools.storage.put_file(key, path, XLSX), keeper)
    with tools.database.changing(job.actor) as change:
        written = update(cylinder_list).where(cylinder_list.c.id == list_id)
        change.session.execute(written.values(object_key=key, rows=count))
        jobs.finish(change.session, job)


def _rows(
    session: Session, list_id: uuid.UUID, keeper: Keeper, tools: Tools
) -> Iterator[tuple[str, dict[str, str]]]:
    """系统编号 and cells of each live cylinder that was chosen, in the order of import."""
    asked = session.execute(select(cylinder_list).where(cylinder_list.c.id == list_id)).mappings().one()
    query = _query(asked["scope_no"], asked["chosen"])
    found: Any = session.execute(query, execution_options={"yield_per": _AT_ONCE}).mappings()
    for some in found.partitions():
        keeper.check()
        for row in some:
            yield str(row["id"]), cells_of(row, tools.references())


def _query(scope_no: int, chosen: dict[str, Any]) -> Select[Any]:
    query = select(cylinder).where(cylinder.c.scope_no == scope_no, cylinder.c.live).order_by(cylinder.c.id)
    if chosen["ids"] is not None:
        numbers = (id_number(one) for one in chosen["ids"])
        return query.where(among([number for number in numbers if number is not None]))
    if chosen["filter"] is not None:
        return query.where(matching(CylinderFilter(**chosen["filter"])))
    return query


def _row(session: Session, list_id: uuid.UUID, caller: Caller) -> RowMapping:
    query = (
        select(cylinder_list, scope_table.c.application_id, scope_table.c.application_no)
        .join(scope_table, scope_table.c.no == cylinder_list.c.scope_no)
        .where(
            cylinder_list.c.id == list_id,
            visible(caller, scope_table.c.unit_id, scope_table.c.authority_code),
        )
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise AppError("NOT_FOUND")
    return row


def _told(row: RowMapping) -> CylinderList:
    return CylinderList(
        id=str(row["id"]),
        application_id=row["application_id"],
        state="ready" if row["object_key"] else "queued",
        count=row["rows"],
        created_at=row["created_at"],
    )

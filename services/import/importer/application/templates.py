"""The template that units download: written to storage by the clock, named by its content."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.audit import Actor
from chassis.storage import NotStoredError
from contracts.errors import AppError
from contracts.files import Link
from importer.adapters.tables import template as template_table
from importer.application.tools import Tools
from importer.domain.columns import TEMPLATE_VERSION

FILE_NAME = "气瓶信息EXCEL模板.xlsx"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DATED = "docProps/core.xml"  # says when the file was written


def get_template(tools: Tools) -> Link:
    """The address of the template. Raises PREPARING before it was written for the first time."""
    key = _current_key(tools)
    if key is None:
        raise AppError("PREPARING", "模板正在生成，请一分钟后再下载。")
    return Link(url=tools.storage.link(key, FILE_NAME))


def keep_template(tools: Tools, content: bytes) -> None:
    """Stores the template when it is missing or says something else than the stored one; repeating does no harm."""
    key = f"importer/templates/v{TEMPLATE_VERSION}-{digest_of(content)[:32]}.xlsx"
    if _current_key(tools) == key and _is_stored(tools, key):
        return
    tools.storage.put(key, content, _XLSX)
    note = insert(template_table).values(id=1, object_key=key)
    again = note.on_conflict_do_update(
        index_elements=["id"], set_={"object_key": key, "written_at": func.now()}
    )
    with tools.database.changing(Actor(tools.database.service, "service")) as change:
        change.session.execute(again)
        change.note("template.written", f"template:{TEMPLATE_VERSION}", key=key)


def digest_of(content: bytes) -> str:
    """SHA-256 of what a workbook says, whenever it was written."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in sorted(archive.namelist()):
            if name != _DATED:
                digest.update(name.encode() + b"\0" + hashlib.sha256(archive.read(name)).digest())
    return digest.hexdigest()


def _current_key(tools: Tools) -> str | None:
    with tools.database.reading() as session:
        return session.execute(select(template_table.c.object_key)).scalar_one_or_none()


def _is_stored(tools: Tools, key: str) -> bool:
    try:
        tools.storage.size(key)
    except NotStoredError:
        return False
    return True

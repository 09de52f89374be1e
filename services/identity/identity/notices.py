"""Notices to everybody: what is shown today, and the operator's command that adds one.

python -m identity.notices add --title … --body-file … [--pinned] [--emergency] [--from DAY] [--until DAY]
"""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.audit import Actor
from chassis.database import Change, Database
from chassis.pages import bad_cursor, count_up_to, cursor_of, place_of
from contracts.call import Page
from contracts.errors import AppError
from contracts.identity import ListNotices, Notice, NoticeText
from identity.settings import IdentitySettings
from identity.tables import notice
from identity.tools import today_in_chongqing

OPERATOR = Actor("operator", "service")
LONGEST_TITLE, LONGEST_BODY = 100, 20_000
_ORDER = (notice.c.pinned, notice.c.published_on, notice.c.no)


@dataclass(frozen=True)
class NewNotice:
    """A notice as it is to be added; ``body`` is plain text, an empty line parts paragraphs."""

    title: str
    body: str
    published_on: date
    until: date | None = None
    pinned: bool = False
    emergency: bool = False


def list_notices(session: Session, request: ListNotices, today: date) -> Page[Notice]:
    """One page, the pinned ones first, then the newest. VALIDATION for a cursor that is none."""
    shown = [_shown(today), *([notice.c.emergency] if request.emergency_only else [])]
    query = select(notice).where(*shown, *_after(request.cursor))
    rows = list(
        session.execute(
            query.order_by(*(column.desc() for column in _ORDER)).limit(request.limit + 1)
        ).mappings()
    )
    total, capped = count_up_to(session, notice, *shown)
    some = rows[: request.limit]
    return Page[Notice](
        items=[Notice.model_validate(dict(row)) for row in some],
        next_cursor=_cursor(some[-1]) if len(rows) > request.limit else None,
        total=total,
        total_capped=capped,
    )


def get_notice(session: Session, notice_id: str, today: date) -> NoticeText:
    """One notice that is shown today. Raises NOT_FOUND."""
    row = (
        session.execute(select(notice).where(notice.c.id == notice_id, _shown(today)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise AppError("NOT_FOUND", "没有找到该公告，或它已过期。请返回通知公告查看。")
    return NoticeText.model_validate(dict(row))


def add_notice(change: Change, new: NewNotice, notice_id: str | None = None) -> bool:
    """Adds a notice; nothing when one of this id is there. Whether it was added."""
    values: dict[str, Any] = {"id": notice_id or uuid.uuid4().hex, **vars(new)}
    row = insert(notice).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(notice.c.id)
    added = change.session.execute(row).scalar()
    if added:
        change.note("notice.published", f"notice:{added}", emergency=new.emergency)
    return added is not None


def _shown(today: date) -> ColumnElement[bool]:
    return (notice.c.published_on <= today) & (func.coalesce(notice.c.until, today) >= today)


def _after(cursor: str | None) -> list[ColumnElement[bool]]:
    place = place_of(cursor, (int, str, int))
    if place is None:
        return []
    try:
        last = (literal(bool(place[0])), literal(date.fromisoformat(str(place[1]))), literal(place[2]))
    except ValueError as fault:
        raise bad_cursor() from fault
    return [tuple_(*_ORDER) < tuple_(*last)]


def _cursor(row: RowMapping) -> str:
    return cursor_of(int(row["pinned"]), row["published_on"].isoformat(), row["no"])


def _read(arguments: argparse.Namespace) -> NewNotice:
    """The notice that a command line describes; ends with a message when it can't be one."""
    title, body = arguments.title.strip(), arguments.body_file.read_text(encoding="utf-8").strip()
    if not 0 < len(title) <= LONGEST_TITLE:
        sys.exit(f"标题须为 1 至 {LONGEST_TITLE} 个字，请修改后重试。")
    if not 0 < len(body) <= LONGEST_BODY:
        sys.exit(f"正文须为 1 至 {LONGEST_BODY} 个字，请修改文件后重试。")
    first = arguments.first or today_in_chongqing()
    if arguments.until and arguments.until < first:
        sys.exit("截止日期早于发布日期，请修改后重试。")
    return NewNotice(title, body, first, arguments.until, arguments.pinned, arguments.emergency)


def main(arguments: Sequence[str] | None = None) -> None:
    """Adds one notice and prints its address."""
    parser = argparse.ArgumentParser(prog="python -m identity.notices", description="通知公告")
    add = parser.add_subparsers(required=True, metavar="add").add_parser("add", help="发布一条公告")
    add.add_argument("--title", required=True, help="标题")
    add.add_argument("--body-file", required=True, type=Path, help="正文：UTF-8 纯文本，空行分段")
    add.add_argument("--pinned", action="store_true", help="置顶")
    add.add_argument("--emergency", action="store_true", help="紧急：显示在每个页面上方")
    add.add_argument("--from", dest="first", type=date.fromisoformat, help="发布日期，默认今天")
    add.add_argument("--until", type=date.fromisoformat, help="最后一天，默认长期")
    new = _read(parser.parse_args(arguments))
    settings, notice_id = IdentitySettings(), uuid.uuid4().hex
    database = Database(settings.database_url.get_secret_value(), settings.service)
    with database.changing(OPERATOR) as change:
        add_notice(change, new, notice_id)
    database.engine.dispose()
    sys.stdout.write(f"已发布：/notices/{notice_id}\n")


if __name__ == "__main__":
    main()

"""Notices: which are shown, in which order, page by page; and the operator's command."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from chassis.database import Database
from chassis.pages import cursor_of
from chassis.tables import audit_entry
from contracts.errors import AppError
from contracts.identity import GetNotice, ListNotices, SignIn
from identity.notices import OPERATOR, NewNotice, add_notice
from identity.tables import notice
from identity.tools import Tools

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
DEMO_PASSWORD = "Demo-Password-1"
NEW = NewNotice("标题", "第一段\n\n第二段", TODAY)


@pytest.fixture
def tools(tools: Tools) -> Tools:
    """On a fixed day, without the notices of the demo."""
    with tools.database.engine.begin() as connection:
        connection.execute(delete(notice))
    return replace(tools, today=lambda: TODAY)


def publish(database: Database, **new: NewNotice) -> None:
    with database.changing(OPERATOR) as change:
        for notice_id, each in new.items():
            assert add_notice(change, each, notice_id)


def ids(page: Any) -> list[str]:
    return [each.id for each in page.items]


def test_pinned_ones_are_first_then_the_newest_page_by_page(ask: Any, database: Database) -> None:
    publish(
        database,
        old_pinned=replace(NEW, published_on=TODAY - 9 * DAY, pinned=True),
        older=replace(NEW, published_on=TODAY - 2 * DAY),
        newest=NEW,
        newest_too=NEW,
        pinned=replace(NEW, published_on=TODAY - 5 * DAY, pinned=True),
    )
    seen, cursor = list[str](), None
    for _ in range(3):
        page = ask(ListNotices(limit=2, cursor=cursor))
        assert page.total == 5
        seen += ids(page)
        cursor = page.next_cursor
    assert seen == ["pinned", "old_pinned", "newest_too", "newest", "older"]
    assert cursor is None


def test_only_what_is_of_today_is_shown(ask: Any, database: Database) -> None:
    publish(
        database,
        tomorrow=replace(NEW, published_on=TODAY + DAY),
        over=replace(NEW, published_on=TODAY - 3 * DAY, until=TODAY - DAY),
        last_day=replace(NEW, published_on=TODAY - 3 * DAY, until=TODAY),
    )
    assert ids(ask(ListNotices())) == ["last_day"]
    assert ask(GetNotice(notice_id="last_day")).body == NEW.body
    for hidden in ("tomorrow", "over", "unknown"):
        with pytest.raises(AppError, match="NOT_FOUND"):
            ask(GetNotice(notice_id=hidden))


def test_emergencies_can_be_asked_for_alone(ask: Any, database: Database) -> None:
    publish(database, quiet=NEW, loud=replace(NEW, emergency=True))
    assert ids(ask(ListNotices(emergency_only=True))) == ["loud"]


@pytest.mark.parametrize("cursor", ["x", cursor_of(1, "no day", 1), cursor_of(1)])
def test_a_cursor_that_is_none_is_refused(ask: Any, cursor: str) -> None:
    with pytest.raises(AppError, match="VALIDATION"):
        ask(ListNotices(cursor=cursor))


@pytest.mark.parametrize("name", ["demo-unit", "demo-acceptance", "demo-municipal", "demo-admin"])
def test_everybody_may_read(ask: Any, tools: Tools, database: Database, name: str) -> None:
    publish(database, one=NEW)
    token = ask(SignIn(username=name, password=DEMO_PASSWORD)).access_token
    assert ids(ask(ListNotices(), token)) == ["one"]


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "identity.notices", "add", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_an_operator_adds_one_by_a_command(
    environment: dict[str, str], database: Database, tmp_path: Path
) -> None:
    text = tmp_path / "notice.txt"
    text.write_text("正文（虚构）\n", encoding="utf-8")
    done = command(
        environment, "--title", "停机维护", "--body-file", str(text), "--pinned", "--emergency",
        "--from", "2026-11-24", "--until", "2026-11-25",
    )  # fmt: skip
    assert done.returncode == 0, done
    with database.reading() as session:
        row = session.execute(select(notice).where(notice.c.title == "停机维护")).mappings().one()
        noted = session.execute(
            select(audit_entry.c.action).where(audit_entry.c.subject == f"notice:{row['id']}")
        )
        assert list(noted.scalars()) == ["notice.published"]
    assert done.stdout.strip() == f"已发布：/notices/{row['id']}"
    assert (row["body"], row["pinned"], row["emergency"]) == ("正文（虚构）", True, True)
    assert row["until"] == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("title", "body", "days"),
    [("", "x", ()), ("字" * 101, "x", ()), ("好", " \n", ()), ("好", "x", ("--until", "2026-01-01"))],
)
def test_what_can_be_no_notice_is_refused_with_a_reason(
    environment: dict[str, str], tmp_path: Path, title: str, body: str, days: tuple[str, ...]
) -> None:
    text = tmp_path / "notice.txt"
    text.write_text(body, encoding="utf-8")
    done = command(environment, "--title", title, "--body-file", str(text), *days)
    assert done.returncode == 1
    assert "重试" in done.stderr

"""Tries of visitors: counted by what and who, forgotten at the end of the window."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text

from chassis.database import Database
from contracts.identity import CountTries, Tries
from identity.clock import prune
from identity.tables import tries


def counted(ask: Any, what: str = "progress", who: str = "192.0.2.1", add: int = 1) -> Tries:
    found: Tries = ask(CountTries(what=what, who=who, add=add, window_s=600))
    return found


def test_tries_are_counted_for_each_thing_and_each_visitor(ask: Any) -> None:
    assert [counted(ask).count for _ in range(3)] == [1, 2, 3]
    assert counted(ask, what="other").count == 1
    assert counted(ask, who="192.0.2.2").count == 1
    assert counted(ask, add=5).count == 8


def test_a_look_adds_nothing_and_tells_how_long_it_lasts(ask: Any) -> None:
    assert counted(ask, add=0) == Tries(count=0, seconds_left=0)
    counted(ask)
    looked = counted(ask, add=0)
    assert looked.count == 1
    assert 590 <= looked.seconds_left <= 600


def test_a_window_that_is_over_is_forgotten_and_deleted(ask: Any, database: Database) -> None:
    counted(ask, add=4)
    with database.engine.begin() as connection:
        connection.execute(text("update tries set until = now() - interval '1 second'"))
    assert counted(ask, add=0).count == 0
    assert counted(ask).count == 1
    with database.engine.begin() as connection:
        connection.execute(text("update tries set until = now() - interval '1 second'"))
    prune(database)
    with database.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(tries)).scalar() == 0

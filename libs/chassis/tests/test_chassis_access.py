"""Whose things a caller may see."""

import pytest
from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, select

from chassis.access import check_may_see, may_see, visible
from chassis.tokens import Caller
from contracts.errors import AppError

thing = Table("thing", MetaData(), Column("unit_id", Text), Column("authority_code", Text))
ROWS = [("u-1", "AU-1"), ("u-1", None), ("u-2", "AU-1"), ("u-2", "AU-2")]
CALLERS = {
    "its unit": (Caller("a", "unit", unit_id="u-1"), ROWS[:2]),
    "its authority": (Caller("a", "bureau", authority_code="AU-1"), [ROWS[0], ROWS[2]]),
    "the city": (Caller("a", "municipal"), ROWS),
    "an administrator": (Caller("a", "admin"), []),
    "a unit account without unit": (Caller("a", "unit"), []),
    "an officer without authority": (Caller("a", "bureau", unit_id="u-1"), []),
    "a service": (Caller("review", "service"), []),
}


@pytest.mark.parametrize("name", CALLERS)
def test_everybody_sees_what_is_theirs_and_nothing_else(name: str) -> None:
    caller, theirs = CALLERS[name]
    engine = create_engine("sqlite://")  # the condition alone is under test
    thing.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(thing), [{"unit_id": u, "authority_code": a} for u, a in ROWS])
        found = connection.execute(
            select(thing).where(visible(caller, thing.c.unit_id, thing.c.authority_code))
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == theirs
    assert [row for row in ROWS if may_see(caller, *row)] == theirs


def test_what_is_anothers_is_as_if_it_were_not_there() -> None:
    with pytest.raises(AppError) as refused:
        check_may_see(Caller("a", "unit", unit_id="u-2"), "u-1", "AU-1")
    assert refused.value.code == "NOT_FOUND"

"""The migrations make the tables as the code knows them, and the database itself refuses impossible rows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import IntegrityError

from chassis.database import Database
from identity.tables import IDENTITY, account, authority, unit


def test_the_code_and_the_migrations_mean_the_same_tables(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in IDENTITY.sorted_tables:
        made = {(column["name"], column["nullable"]) for column in inspector.get_columns(table.name)}
        assert made == {(column.name, column.nullable) for column in table.columns}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "king"},
        {"role": "unit"},
        {"role": "bureau"},
        {"role": "admin", "steps": ["issue"]},
        {"role": "bureau", "authority_code": "AU-500103", "steps": ["everything"]},
        {"role": "admin", "username_key": "demo-admin"},
        {"role": "admin", "unit_id": "no-such-unit"},
    ],
)
def test_impossible_accounts_are_refused(database: Database, changes: dict[str, Any]) -> None:
    values = {"id": "a-1", "username": "a", "username_key": "a", "password_hash": "x"} | changes
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(account).values(**values))


def test_a_credit_code_and_a_dated_row_are_there_once(database: Database) -> None:
    again = {"name": "x", "district_code": "500103"}
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(insert(unit).values(id="u-1", credit_code="91500103MA0DEM013Q", **again))
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(
            insert(authority).values(
                code="AU-500103", cert_code="A03", phone="", pilot=True, level="district", **again
            )
        )
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text("update district set valid_from = '2027-01-01', valid_to = '2026-01-01'"))

"""Seeding: once, again and again, over edited rows, in two processes at once, and never a demo in production."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from chassis.database import Database
from chassis.tables import audit_entry
from identity import demo
from identity.credit_code import read_credit_code
from identity.passwords import verify_password
from identity.phones import read_contact
from identity.seed import seed
from identity.tables import account, authority, district, unit

PASSWORD = "Demo-Password-1"
TABLES = (district, authority, unit, account, audit_entry)


def run(environment: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "identity.seed"],
        env={**os.environ, **environment, **more}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def counts(environment: dict[str, str]) -> list[int]:
    database = Database(environment["DATABASE_URL"], "identity")
    with database.reading() as session:
        found = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES]
    database.engine.dispose()
    return found


def test_two_at_once_and_a_third_make_everything_once(environment: dict[str, str]) -> None:
    with ThreadPoolExecutor(2) as people:
        done = list(people.map(lambda _: run(environment, DEMO_PASSWORD=PASSWORD), range(2)))
    assert [each.returncode for each in done] == [0, 0], done
    first = counts(environment)
    assert first[:4] == [39, 40, 2, 9]
    assert run(environment, DEMO_PASSWORD=PASSWORD).returncode == 0
    assert counts(environment) == first


def test_without_a_demo_there_are_no_accounts(environment: dict[str, str]) -> None:
    assert run(environment).returncode == 0
    assert counts(environment)[:4] == [39, 40, 0, 0]


def test_a_demo_is_refused_in_production(environment: dict[str, str]) -> None:
    strong = {
        name: environment[name] for name in ("AMQP_URL", "S3_SECRET_KEY", "DATABASE_URL")
    }  # as the test servers have them
    done = run(environment, DEMO_PASSWORD=PASSWORD, PINGZHENG_ENV="production", **strong)
    assert done.returncode == 1
    assert "never for production" in done.stderr
    assert PASSWORD not in done.stderr
    assert counts(environment) == [0] * len(TABLES)


def test_edited_rows_stay_as_they_are(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("update district set name = '改名区' where code = '500101'"))
        connection.execute(text("delete from authority where code = 'AU-500102'"))
        connection.execute(text("update unit set address = '改过的地址'"))
    seed(database, PASSWORD)
    with database.reading() as session:
        assert (
            session.execute(select(district.c.name).where(district.c.code == "500101")).scalar() == "改名区"
        )
        assert session.execute(select(func.count()).select_from(authority)).scalar() == 39
        assert set(session.execute(select(unit.c.address)).scalars()) == {"改过的地址"}


def test_another_demo_password_replaces_the_old_one(database: Database) -> None:
    seed(database, "Another-Password-2")
    with database.reading() as session:
        hashes = list(session.execute(select(account.c.password_hash)).scalars())
    assert len(set(hashes)) == len(demo.ACCOUNTS)
    assert all(verify_password(each, "Another-Password-2") for each in hashes)


@pytest.mark.parametrize("values", demo.UNITS, ids=[each["credit_code"] for each in demo.UNITS])
def test_the_demo_units_pass_our_own_checks(values: dict[str, object]) -> None:
    assert read_credit_code(str(values["credit_code"])).fault is None
    assert read_credit_code(str(values["credit_code"])).organisation_ok
    for kind in ("landline", "postcode"):
        assert read_contact(kind, str(values[kind])) == values[kind]


def test_passwords_are_stored_as_hashes_of_their_own(database: Database) -> None:
    with database.reading() as session:
        hashes = list(session.execute(select(account.c.password_hash)).scalars())
    assert all(each.startswith("$argon2id$") for each in hashes)
    assert len(set(hashes)) == len(demo.ACCOUNTS)

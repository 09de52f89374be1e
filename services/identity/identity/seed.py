"""Fills a new database: python -m identity.seed, after the migrations, as often as wanted.

Districts and authorities go into empty tables; rows that are there, edited or not, stay as they are. With
DEMO_PASSWORD in the environment of a local or test system the accounts of the demo are made, too.
"""

from __future__ import annotations

import sys

from pydantic import SecretStr
from sqlalchemy import text

from chassis import logs
from chassis.audit import Actor
from chassis.database import Database
from identity.demo import create_demo
from identity.directory import load_seeds
from identity.settings import IdentitySettings

ONE_AT_A_TIME = 7_301_101
"""Advisory lock of the database: two that seed at once would both find it empty."""


class SeedSettings(IdentitySettings):
    """Beside the service's own: the password of the demo accounts, empty where there is no demo."""

    demo_password: SecretStr = SecretStr("")


def seed(database: Database, demo_password: str) -> None:
    """Adds what is missing, in one transaction."""
    with database.changing(Actor("identity", "service")) as change:
        change.session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        if load_seeds(change.session):
            change.note("directory.loaded", "directory:seeds")
        if demo_password:
            create_demo(change, demo_password)


def main() -> None:
    """Ends with a message where a demo has no business."""
    settings = SeedSettings()
    logs.configure(settings.process)
    demo_password = settings.demo_password.get_secret_value()
    if demo_password and settings.pingzheng_env == "production":
        sys.exit("DEMO_PASSWORD is set: demo accounts are for local and test systems, never for production")
    seed(Database(settings.database_url.get_secret_value(), settings.service), demo_password)


if __name__ == "__main__":
    main()

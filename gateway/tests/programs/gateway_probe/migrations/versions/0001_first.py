"""The chassis tables: a change is answered once for each key."""

from chassis.migration_steps import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()

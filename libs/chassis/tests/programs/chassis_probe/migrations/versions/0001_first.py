"""The chassis tables and the counter."""

from alembic import op
from chassis_probe.service import PROBE

from chassis.migration_steps import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    PROBE.create_all(op.get_bind())

"""Jobs and waiting events keep the trace that they belong to."""

from chassis.migration_steps import add_traceparent

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    add_traceparent()

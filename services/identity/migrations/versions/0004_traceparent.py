"""Jobs and waiting events keep the trace that they belong to."""

from chassis.migration_steps import add_traceparent

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    add_traceparent()

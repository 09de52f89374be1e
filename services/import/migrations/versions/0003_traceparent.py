"""Jobs and waiting events keep the trace that they belong to."""

from chassis.migration_steps import add_traceparent

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    add_traceparent()

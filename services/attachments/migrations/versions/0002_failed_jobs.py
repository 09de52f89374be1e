"""Failed jobs are looked for by the clock."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("create index job_failed on job (kind, finished_at) where state = 'failed'")

"""Tries of visitors, so that questions of anyone can be limited whichever gateway is asked."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
create table tries (
    digest bytea primary key,
    count integer not null,
    until timestamptz not null
);
create index tries_until on tries (until);
comment on table tries is
    'How often somebody (an address) tried something; SHA-256 of both. All are forgotten at the end of the window';
"""


def upgrade() -> None:
    op.execute(TABLES)

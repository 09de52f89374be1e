"""Correcting cylinders: by a list with their numbers, by a workbook again; facts of an import; units served in turn."""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = """
alter table import_run
    add column updated integer not null default 0,
    add column updatable integer not null default 0,
    add column source_id uuid,
    add column facts jsonb not null default '{}';
alter table import_row add column differs boolean not null default false;

create table cylinder_list (
    id uuid primary key,
    scope_no bigint not null references scope (no),
    chosen jsonb not null,
    object_key text,
    rows integer not null default 0,
    created_at timestamptz not null default now()
);
create index cylinder_list_created on cylinder_list (created_at);
comment on table cylinder_list is
    'Lists of cylinders that were asked for (导出清单), each a workbook in storage for a day';
"""


def upgrade() -> None:
    op.execute(CHANGES)

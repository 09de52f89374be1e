"""What the clock of this service looks after; each action bears being done by two clocks at once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select, update

from chassis import clock
from chassis.audit import Actor
from chassis.tables import job
from contracts.events import ImportFinished
from contracts.identity import GetAuthority
from importer.adapters.tables import cylinder_list, import_run, upload
from importer.adapters.tables import scope as scope_table
from importer.application import kinds
from importer.application.tools import Tools
from importer.application.uploads import AREA

AT_ONCE = 200
OLD = timedelta(days=1)
OWN_WORK = (kinds.ERROR_WORKBOOK, kinds.ANNOUNCE, kinds.RELEASE, kinds.REFUSE, kinds.SNAPSHOT, kinds.LIST)
"""Jobs that must be done in the end, since others wait for them and nobody could ask for them again."""


def _actor(tools: Tools) -> Actor:
    return Actor(tools.database.service, "service")


def fail_parked_imports(tools: Tools) -> None:
    """An import whose job was given up has failed, with the fault of the job."""
    columns = import_run.c
    given_up = (
        select(columns.id, job.c.fault, scope_table.c.application_id)
        .join(job, job.c.id == columns.id)
        .join(scope_table, scope_table.c.no == columns.scope_no)
        .where(columns.state.in_(("queued", "running")), job.c.state == "failed")
        .limit(AT_ONCE)
        .with_for_update(of=import_run, skip_locked=True)
    )
    with tools.database.changing(_actor(tools)) as change:
        for import_id, fault, application_id in change.session.execute(given_up).all():
            change.session.execute(
                update(import_run)
                .where(columns.id == import_id)
                .values(state="failed", fault=fault, finished_at=func.now())
            )
            change.note("import.failed", f"import:{import_id}", application_id=application_id, **fault)
            change.emit(
                ImportFinished(application_id=application_id, import_id=str(import_id), state="failed")
            )


def begin_again(tools: Tools) -> None:
    """Own work that was given up begins again after a minute; a wish to release is never forgotten."""
    clock.begin_again(tools.database, OWN_WORK)


def prune_uploads(tools: Tools) -> None:
    """Deletes old tickets and, before them, what was uploaded and never imported, some at a time."""
    old = upload.c.created_at < func.now() - OLD
    query = select(upload.c.upload_id).where(old).order_by(upload.c.created_at).limit(AT_ONCE)
    with tools.database.reading() as session:
        ids = session.execute(query).scalars().all()
    for upload_id in ids:
        tools.storage.remove(tools.storage.staging_key(AREA, upload_id))
    if ids:
        with tools.database.changing(_actor(tools)) as change:
            change.session.execute(delete(upload).where(upload.c.upload_id.in_(ids)))


def prune_lists(tools: Tools) -> None:
    """Deletes lists of cylinders after a day, the workbooks before them; one can be asked for again."""
    columns = cylinder_list.c
    old = (columns.created_at < func.now() - OLD) & columns.object_key.is_not(None)
    query = select(columns.id, columns.object_key).where(old).order_by(columns.created_at).limit(AT_ONCE)
    with tools.database.reading() as session:
        lists = session.execute(query).all()
    for one in lists:
        tools.storage.remove(one.object_key)
    if lists:
        with tools.database.changing(_actor(tools)) as change:
            change.session.execute(delete(cylinder_list).where(columns.id.in_([one.id for one in lists])))


def name_authorities(tools: Tools) -> None:
    """Asks for the name and telephone of authorities that events named by their code only."""
    columns = scope_table.c
    unnamed = (columns.authority_name == "") & columns.district_code.is_not(None)
    query = select(columns.district_code).where(unnamed).distinct().limit(AT_ONCE)
    with tools.database.reading() as session:
        districts = [str(one) for one in session.execute(query).scalars()]
    for district_code in districts:
        authority = tools.rpc.call(GetAuthority(district_code=district_code))
        with tools.database.changing(_actor(tools)) as change:
            change.session.execute(
                update(scope_table)
                .where(unnamed, columns.district_code == district_code)
                .values(authority_name=authority.name, authority_phone=authority.phone)
            )

"""The job of an import: fetch the workbook, load it in one transaction, say how it ended. Repeatable at any point."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import structlog
from psycopg.errors import DeadlockDetected
from sqlalchemy import func, update
from sqlalchemy.exc import OperationalError

from chassis import jobs
from chassis.database import Change
from chassis.jobs import ClaimedJob, NewJob
from chassis.patience import patiently
from chassis.storage import NotStoredError
from chassis.worker import Keeper
from contracts.errors import AppError
from contracts.events import ImportFinished
from importer.adapters import scopes
from importer.adapters.staging import Target
from importer.adapters.tables import counter, import_run
from importer.adapters.workbook_reader import read_workbook
from importer.application import kinds
from importer.application.batch_group import batch_group
from importer.application.counters import announce_later
from importer.application.load_workbook import Loaded, Loading, RowsUnnamedError, load
from importer.application.progress import ImportCancelledError, Reporter
from importer.application.release import release_wanted
from importer.application.tools import Tools
from importer.application.update_by_import import forget_offer, rows_that_differ
from importer.domain.codes import FileFault
from importer.domain.collisions import Collisions
from importer.domain.columns import FIRST_DATA_ROW
from importer.domain.rules.rule_set import RuleSet

TRIES = 4  # two imports that wait for each other crosswise: one of them begins again
log = structlog.get_logger("importer.run")


@dataclass(frozen=True)
class Begun:
    """An import that this job is to do."""

    id: UUID
    seq: int
    object_key: str
    scope: scopes.Scope
    source_id: UUID | None = None
    """The import whose differing rows are taken over (用本文件更新)."""


def run_import(job: ClaimedJob, keeper: Keeper, tools: Tools) -> None:
    """Does one import. What is wrong with the file ends it as failed; a cancelled one leaves nothing."""
    begun = _begin(job, tools)
    if begun is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
            path = Path(folder) / "workbook.xlsx"
            sha256 = patiently(lambda: tools.storage.get_file(begun.object_key, path), keeper)
            release_wanted(tools.database)
            _load(job, keeper, tools, begun, path, sha256)
    except FileFault as fault:
        _fail(job, tools, begun, {"code": fault.code, "message": fault.message})
    except NotStoredError:
        _fail(job, tools, begun, {"code": "E40", "message": tools.references().codes["E40"].message})
    except AppError as refusal:
        if refusal.status >= 500:  # a peer is away: this passes
            raise
        _fail(job, tools, begun, {"code": refusal.code, "message": refusal.detail})
    except ImportCancelledError:
        log.info("import cancelled", import_id=str(begun.id))
        with tools.database.changing(job.actor) as change:
            jobs.finish(change.session, job)


def _begin(job: ClaimedJob, tools: Tools) -> Begun | None:
    """Marks the import as running; one that was cancelled before ends its job here."""
    import_id = UUID(job.payload["import_id"])
    columns = import_run.c
    start = (
        update(import_run)
        .where(columns.id == import_id, columns.state.in_(("queued", "running")))
        .values(state="running", started_at=func.now())
        .returning(columns.seq, columns.object_key, columns.scope_no, columns.source_id)
    )
    with tools.database.changing(job.actor) as change:
        row = change.session.execute(start).one_or_none()
        if row is None:
            jobs.finish(change.session, job)
            return None
        scope = scopes.find_by_no(change.session, row.scope_no)
        return Begun(import_id, row.seq, row.object_key, scope, row.source_id)


def _load(job: ClaimedJob, keeper: Keeper, tools: Tools, begun: Begun, path: Path, sha256: str) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            _load_once(job, keeper, tools, begun, path, sha256)
        except (DeadlockDetected, OperationalError, RowsUnnamedError) as fault:
            if attempt == TRIES or not _passes(fault):
                raise
            log.info("import begins again", import_id=str(begun.id), fault=type(fault).__name__)
            time.sleep(random.uniform(0.1, 0.5) * attempt)  # noqa: S311 - so that two do not meet again
        else:
            return


def _passes(fault: Exception) -> bool:
    return not isinstance(fault, OperationalError) or isinstance(fault.orig, DeadlockDetected)


def _load_once(job: ClaimedJob, keeper: Keeper, tools: Tools, begun: Begun, path: Path, sha256: str) -> None:
    references, scope = tools.references(), begun.scope
    with (
        read_workbook(path, references, tools.limits) as workbook,
        Reporter(tools.database, begun.id, max(workbook.last_row - FIRST_DATA_ROW + 1, 0)) as report,
        tools.database.changing(job.actor) as change,
    ):
        scope = scopes.lock_to_change(change.session, scope.application_id)
        rules = RuleSet(
            references,
            today=tools.today(),
            registration_reason=scope.registration_reason,
            batch_group=batch_group(change.session, scope, references),
            date1904=workbook.date1904,
        )
        collisions = Collisions(references.codes, scope.no, scope.unit_id)

        def pulse() -> None:
            keeper.check()
            report.check()

        only = None if begun.source_id is None else rows_that_differ(change.session, begun.source_id)
        target = Target(scope.no, scope.unit_id, begun.seq, by_identity=only is not None)
        loading = Loading(begun.id, target, rules, collisions, report, pulse, only)
        loaded = load(change.session, workbook, loading)
        _finish(change, job, begun, loaded, sha256)


def _finish(change: Change, job: ClaimedJob, begun: Begun, loaded: Loaded, sha256: str) -> None:
    """Everything that the end of an import changes, the contended rows last. Raises ImportCancelledError."""
    counts = asdict(loaded)
    documents = {name: counts.pop(name) for name in ("custody", "assessment")}
    _end(change, begun.id, "finished", sha256=sha256, **counts)
    if loaded.failed or loaded.already:
        change.enqueue(NewJob(kinds.ERROR_WORKBOOK, {"import_id": str(begun.id)}, begun.scope.unit_id))
    if loaded.imported:
        _count(change, begun.scope.no, loaded.imported - loaded.updated, documents)
        announce_later(change, begun.scope)
    if begun.source_id is not None:
        forget_offer(change.session, begun.source_id)
    del counts["codes"], counts["facts"]
    change.note("import.finished", f"import:{begun.id}", application_id=begun.scope.application_id, **counts)
    change.emit(
        ImportFinished(
            application_id=begun.scope.application_id,
            import_id=str(begun.id),
            state="finished",
            imported=loaded.imported,
            failed=loaded.failed,
            already=loaded.already,
            error_workbook=bool(loaded.failed or loaded.already),
        )
    )
    jobs.finish(change.session, job)


def _count(change: Change, scope_no: int, imported: int, documents: dict[str, int]) -> None:
    more = {name: counter.c[name] + count for name, count in documents.items()}
    change.session.execute(
        update(counter)
        .where(counter.c.scope_no == scope_no)
        .values(version=counter.c.version + 1, cylinders=counter.c.cylinders + imported, **more)
    )


def _fail(job: ClaimedJob, tools: Tools, begun: Begun, fault: dict[str, str]) -> None:
    with tools.database.changing(job.actor) as change:
        _end(change, begun.id, "failed", fault=fault)
        change.note("import.failed", f"import:{begun.id}", application_id=begun.scope.application_id, **fault)
        change.emit(
            ImportFinished(application_id=begun.scope.application_id, import_id=str(begun.id), state="failed")
        )
        jobs.fail(change.session, job, fault)


def _end(change: Change, import_id: UUID, state: str, **values: object) -> None:
    """Ends the import unless it was cancelled in the meantime. Raises ImportCancelledError."""
    columns = import_run.c
    ended = change.session.execute(
        update(import_run)
        .where(columns.id == import_id, columns.state == "running")
        .values(state=state, finished_at=func.clock_timestamp(), **values)  # now() is when the reading began
        .returning(columns.id)
    )
    if ended.one_or_none() is None:
        raise ImportCancelledError

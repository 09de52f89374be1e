"""What others tell and ask: scopes, seals, snapshots, refused lists, photo counts, who holds an identity."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select, text, update
from tests.fixtures.worn_out import kill_three_workers

from chassis import clock
from chassis import tables as chassis_tables
from chassis.audit import Actor
from chassis.database import Database
from contracts.bulk import CYLINDER_SNAPSHOT, Refused, write_refused
from contracts.errors import AppError
from contracts.events import (
    ApplicationAccepted,
    ApplicationCertified,
    ApplicationDistrictChanged,
    ApplicationOpened,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Claim,
    PhotoCount,
    PhotosChanged,
    PhotosSnapshotted,
)
from contracts.importer import (
    CheckCylinders,
    CountCylinders,
    DeleteCylinders,
    GetErrorWorkbook,
    ListCylinders,
    ListImportRows,
    RequestWorkbookUpload,
    SealCylinders,
    StartImport,
    UnsealCylinders,
)
from importer.adapters import scopes
from importer.adapters.tables import counter, cylinder, import_run, scope, upload
from importer.application import kinds, release, upkeep
from importer.application.tools import Tools
from importer.application.uploads import AREA
from importer.service import handlers_of

Make = Callable[..., Any]
ACTOR = Actor("u-1", "unit")


def code_of(make: Callable[[], Any]) -> str:
    with pytest.raises(AppError) as refused:
        make()
    return refused.value.code


def messages(ask: Make, import_id: str, unit: str = "unit-a") -> list[tuple[list[str], list[str]]]:
    rows = ask(ListImportRows(import_id=import_id), unit_id=unit).items
    return [(row.codes, row.messages) for row in rows]


def test_every_event_of_its_streams_is_consumed(tools: Tools) -> None:
    assert handlers_of(tools).streams() == {("review", "application"), ("attachments", "photos")}


def test_an_application_is_known_once_by_event_or_by_asking(
    hear: Make, ask: Make, drafted: Make, row_of: Make
) -> None:
    application_id = drafted()
    wanted = RequestWorkbookUpload(application_id=application_id, file_name="a.xlsx", size=1)
    ask(wanted)
    hear(
        ApplicationOpened(
            application_id=application_id, unit_id="unit-a", application_no="NO-1", registration_reason="NEW"
        )
    )
    district = {"district_code": "500103", "authority_code": "CQ-YZ"}
    hear(ApplicationDistrictChanged(application_id=application_id, unit_id="unit-a", **district))
    known = row_of(scope, application_id=application_id)
    assert (known["state"], known["authority_code"], row_of(counter)["cylinders"]) == ("open", "CQ-YZ", 0)


def test_the_clock_asks_for_authorities_that_an_event_named(
    hear: Make, application: Make, row_of: Make, tools: Tools
) -> None:
    mine = application()
    hear(
        ApplicationDistrictChanged(
            application_id=mine, unit_id="unit-a", district_code="500103", authority_code="CQ-YZ"
        )
    )
    assert row_of(scope)["authority_name"] == "渝中区市场监管局", "the same authority keeps its name"
    hear(
        ApplicationDistrictChanged(
            application_id=mine, unit_id="unit-a", district_code="500105", authority_code="CQ-JB"
        )
    )
    assert row_of(scope)["authority_name"] == ""
    upkeep.name_authorities(tools)
    assert row_of(scope)["authority_name"] == "虚构500105市场监管局"


def test_the_same_workbook_again_is_already_here_and_elsewhere_named_by_the_number(
    drafted: Make, imported: Make, ask: Make, numbered: Make
) -> None:
    rows = numbered(range(4))
    first, second, foreign = drafted(number="NO-1"), drafted(number="NO-2"), drafted("unit-b", "NO-3")
    assert imported(first, rows).imported == 4
    again = imported(first, rows)
    assert (again.state, again.imported, again.failed, again.already) == ("finished", 0, 0, 4)
    assert [(one.code, one.count) for one in again.codes] == [("E29", 4)]
    elsewhere = imported(second, rows)
    assert (elsewhere.imported, elsewhere.failed, elsewhere.already) == (0, 4, 0)
    for codes, told in messages(ask, elsewhere.id):
        assert codes == ["E28"]
        assert "本单位申请批次NO-1" in told[0]
        assert "023-60000001" in told[0]
    others = imported(foreign, rows, "unit-b")
    for codes, told in messages(ask, others.id, "unit-b"):
        assert codes == ["E28"]
        assert "其他申请批次" in told[0]
        assert "NO-1" not in told[0]


def test_registered_cylinders_are_named_by_the_certificate_to_their_own_unit_only(
    drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make
) -> None:
    rows = numbered(range(2))
    first, second, foreign = drafted(number="NO-1"), drafted(number="NO-2"), drafted("unit-b", "NO-3")
    imported(first, rows)
    hear(
        ApplicationCertified(
            application_id=first, unit_id="unit-a", certificate_id="c-1", number="瓶32渝A00001(26)"
        )
    )
    mine = imported(second, rows)
    assert all(
        codes == ["E10"] and "登记证编号瓶32渝A00001(26)" in told[0] for codes, told in messages(ask, mine.id)
    )
    others = imported(foreign, rows, "unit-b")
    for codes, told in messages(ask, others.id, "unit-b"):
        assert codes == ["E10"]
        assert "由其他单位登记，请致电虚构500103市场监管局 023-60000001" in told[0]
        assert "瓶32渝A00001" not in told[0]


@pytest.mark.parametrize("over", [ApplicationRejected, ApplicationWithdrawn])
def test_after_the_end_of_an_application_the_same_file_imports_fully(
    over: Any,
    drafted: Make,
    imported: Make,
    numbered: Make,
    hear: Make,
    events: Make,
    run_all: Make,
    ask: Make,
) -> None:
    rows, first = numbered(range(3)), drafted(number="NO-1")
    imported(first, rows)
    more = {"step": "acceptance", "reason_code": "R01"} if over is ApplicationRejected else {}
    hear(over(application_id=first, unit_id="unit-a", **more))
    assert imported(drafted("unit-b", "NO-2"), rows, "unit-b").imported == 3
    run_all()
    assert events("cylinders.released") == [{"application_id": first, "all_of_it": True, "count": 3}]
    assert ask(ListCylinders(application_id=first)).total == 3, "its list still shows them"
    request = DeleteCylinders(application_id=first, ids=["1"])
    assert code_of(lambda: ask(request)) == "WRONG_STATE"


def test_completeness_and_the_seal(
    drafted: Make,
    imported: Make,
    ask: Make,
    numbered: Make,
    uploaded: Make,
    workbook_file: Make,
    run_all: Make,
    row_of: Make,
) -> None:
    application_id = drafted()

    def faults() -> list[str]:
        return [one.code for one in ask(CheckCylinders(application_id=application_id), "review").faults]

    def seal(attempt: int) -> Any:
        return ask(SealCylinders(application_id=application_id, attempt=attempt), "review")

    def unseal(attempt: int) -> Any:
        return ask(UnsealCylinders(application_id=application_id, attempt=attempt), "review")

    assert faults() == ["NO_CYLINDERS"]
    assert code_of(lambda: seal(1)) == "NOT_FOUND"
    imported(application_id, numbered(range(3)))
    assert faults() == []
    upload_id = uploaded(application_id, workbook_file(numbered(range(3, 5))))
    start = StartImport(application_id=application_id, upload_id=upload_id, district_code="500103")
    ask(start)
    assert faults() == ["IMPORT_RUNNING"]
    assert code_of(lambda: seal(1)) == "IMPORT_RUNNING"
    run_all()
    sealed = seal(1)
    assert (sealed.cylinders_version, sealed.count, sealed.variety_group) == (2, 5, "2320")
    assert seal(1) == sealed, "with another key too"
    assert code_of(lambda: ask(start.model_copy(update={"upload_id": "x"}))) == "NOT_FOUND"
    assert code_of(lambda: ask(DeleteCylinders(application_id=application_id, ids=["1"]))) == "WRONG_STATE"
    unseal(1)
    unseal(1)
    assert code_of(lambda: seal(1)) == "WRONG_STATE", "already undone"
    unseal(2)
    assert code_of(lambda: seal(2)) == "WRONG_STATE", "undone before it came"
    assert row_of(scope)["state"] == "open"
    assert seal(3).count == 5
    unseal(2)
    assert row_of(scope)["state"] == "sealed", "an older attempt undoes no newer one"
    assert code_of(lambda: ask(SealCylinders(application_id=application_id, attempt=4))) == "FORBIDDEN"


def test_nothing_left_is_not_sealed_and_a_seal_has_its_version_announced(
    application: Make,
    queued: Make,
    run_all: Make,
    ask: Make,
    numbered: Make,
    database: Database,
    events: Make,
) -> None:
    application_id = application()
    request = SealCylinders(application_id=application_id, attempt=1)
    assert code_of(lambda: ask(request, "review")) == "INCOMPLETE"
    queued(application_id, numbered(range(2)))
    run_all()
    with database.engine.begin() as connection:  # as if the job that tells had been given up
        connection.execute(update(counter).values(announced=0))
    ask(request, "review")
    run_all()
    assert [one["version"] for one in events("cylinders.changed")] == [1, 1]


def test_taken_back_and_sealed_again_before_the_event_comes(
    drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make, row_of: Make
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(2)))
    ask(SealCylinders(application_id=application_id, attempt=1), "review")
    assert ask(SealCylinders(application_id=application_id, attempt=2), "review").count == 2
    hear(ApplicationReopened(application_id=application_id, unit_id="unit-a", attempt=1))
    assert (row_of(scope)["state"], row_of(scope)["sealed_attempt"]) == ("sealed", 2)
    assert (
        code_of(lambda: ask(SealCylinders(application_id=application_id, attempt=1), "review"))
        == "WRONG_STATE"
    )


def test_officers_see_no_cylinders_of_what_was_not_submitted_or_was_taken_back(
    drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(2)))
    officer = {"kind": "bureau", "authority_code": "CQ-YZ"}
    wanted, count = (
        ListCylinders(application_id=application_id),
        CountCylinders(application_ids=[application_id]),
    )
    ask(SealCylinders(application_id=application_id, attempt=1), "review")
    assert ask(wanted, **officer).total == 2
    ask(UnsealCylinders(application_id=application_id, attempt=1), "review")
    hear(ApplicationWithdrawn(application_id=application_id, unit_id="unit-a"))
    assert code_of(lambda: ask(wanted, **officer)) == "NOT_FOUND"
    assert ask(count, **officer).counts == {}
    assert ask(wanted).total == 2


def test_an_unseal_does_not_wait_for_an_import(
    application: Make, database: Database, ask: Make, row_of: Make
) -> None:
    application_id = application()
    with database.changing(ACTOR) as importing:
        scopes.lock_to_change(importing.session, application_id)
        ask(UnsealCylinders(application_id=application_id, attempt=1), "review")
    assert row_of(scope)["undone_attempt"] == 1


def submitted(application_id: str, attempt: int = 1) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application_id, unit_id="unit-a", attempt=attempt, cylinders_version=1,
        district_code="500103", authority_code="CQ-YZ",
    )  # fmt: skip


def test_the_snapshot_holds_all_columns_in_the_order_of_import_and_is_always_the_same(
    drafted: Make,
    imported: Make,
    ask: Make,
    numbered: Make,
    hear: Make,
    events: Make,
    run_all: Make,
    tools: Tools,
) -> None:
    application_id = drafted()
    imported(application_id, numbered([2, 1, 3]))
    ask(SealCylinders(application_id=application_id, attempt=1), "review")
    hear(submitted(application_id))
    run_all()
    (told,) = events("cylinders.snapshotted")
    assert (told["attempt"], told["count"], told["snapshot"]["key"]) == (
        1, 3, f"importer/snapshots/{application_id}/1.parquet",
    )  # fmt: skip
    table = pq.read_table(io.BytesIO(tools.storage.get(told["snapshot"]["key"])))
    assert table.column_names == list(CYLINDER_SNAPSHOT)
    rows = table.to_pylist()
    assert [(row["row"], row["serial_no"]) for row in rows] == [(3, "N2"), (4, "N1"), (5, "N3")]
    told_of = (
        "variety_name",
        "medium_name",
        "nominal_pressure_mpa",
        "manufacture_ym",
        "last_inspection_date",
    )
    assert [rows[0][name] for name in told_of] == ["焊接气瓶", "液化石油气", "2.10", "2023-05", "2026-03-18"]
    assert rows[0]["cylinder_id"] == ask(ListCylinders(application_id=application_id)).items[0].id
    hear(ApplicationReopened(application_id=application_id, unit_id="unit-a", attempt=1))
    hear(submitted(application_id))  # an attempt that was undone is not written
    ask(SealCylinders(application_id=application_id, attempt=2), "review")
    hear(submitted(application_id, 2))
    run_all()
    both = events("cylinders.snapshotted")
    assert [one["attempt"] for one in both] == [1, 2]
    assert both[0]["snapshot"]["sha256"] == both[1]["snapshot"]["sha256"]


def accepted(application_id: str, claim: Claim, count: int) -> ApplicationAccepted:
    return ApplicationAccepted(
        application_id=application_id, unit_id="unit-a", refused=claim, refused_count=count
    )


def claim_of(tools: Tools, ids: list[str]) -> Claim:
    content = write_refused(Refused(cylinder_id=one, reason_code="V01", reason="照片模糊") for one in ids)
    stored = tools.storage.put(f"review/refused/{uuid.uuid4()}.jsonl", content, "application/jsonl")
    return Claim(key=stored.key, sha256=stored.sha256)


def test_refused_cylinders_are_marked_and_free_and_no_others(
    drafted: Make,
    imported: Make,
    ask: Make,
    numbered: Make,
    hear: Make,
    events: Make,
    run_all: Make,
    tools: Tools,
) -> None:
    application_id, rows = drafted(), numbered(range(4))
    imported(application_id, rows)
    ask(SealCylinders(application_id=application_id, attempt=1), "review")
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]
    hear(accepted(application_id, claim_of(tools, ids[1:3]), 2))
    run_all()
    assert events("cylinders.released") == [
        {"application_id": application_id, "all_of_it": False, "count": 2}
    ]
    shown = ask(ListCylinders(application_id=application_id)).items
    assert [one.refused for one in shown] == [False, True, True, False]
    elsewhere = imported(drafted(number="NO-2"), rows)
    assert (elsewhere.imported, elsewhere.failed) == (2, 2)


def test_more_refused_cylinders_than_a_statement_has_parameters(
    drafted: Make, imported: Make, ask: Make, numbered: Make, database: Database
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(3)))
    mine = [int(one.id) for one in ask(ListCylinders(application_id=application_id)).items[:2]]
    with database.changing(ACTOR) as change:
        found = scopes.find(change.session, application_id)
        assert found is not None
        assert release.free(change, found, [*mine, *range(70_000)]) == 2


@pytest.mark.parametrize("broken", ["digest", "foreign"])
def test_a_refused_list_that_is_not_the_claimed_one_frees_nothing(
    broken: str, drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make, row_of: Make, tools: Tools,
    worker: Any, database: Database,
) -> None:  # fmt: skip
    application_id = drafted()
    imported(application_id, numbered(range(2)))
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]
    claim = claim_of(tools, ids if broken == "digest" else [*ids, "7"])
    hear(
        accepted(application_id, claim.model_copy(update={"sha256": "0"}) if broken == "digest" else claim, 2)
    )
    assert worker.do_next()
    assert row_of(chassis_tables.job, kind="refuse")["state"] == "queued", "tried again"
    with database.reading() as session:
        assert session.execute(select(func.count()).where(cylinder.c.live)).scalar_one() == 2
    assert row_of(counter)["refused"] == 0


def test_photo_counts_are_absolute_and_repeatable(
    drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make, row_of: Make
) -> None:
    application_id, other = drafted(), drafted(number="NO-2")
    imported(application_id, numbered(range(3)))
    imported(other, numbered([7]))
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]
    foreign = ask(ListCylinders(application_id=other)).items[0].id

    def photos(**counts: tuple[int, int, bool]) -> PhotosChanged:
        told = [
            PhotoCount(cylinder_id=one.lstrip("i"), stamp=stamp, supervision_cert=cert, complete=complete)
            for one, (stamp, cert, complete) in counts.items()
        ]
        return PhotosChanged(application_id=application_id, cylinders=tuple(told))

    for _ in range(2):
        hear(
            photos(
                **{
                    f"i{ids[0]}": (1, 1, True),
                    f"i{ids[1]}": (1, 0, False),
                    f"i{foreign}": (2, 2, True),
                    "gone": (1, 1, True),
                }
            )
        )
    shown = ask(ListCylinders(application_id=application_id)).items
    assert [(one.photos, one.complete) for one in shown] == [(2, True), (1, False), (0, False)]
    assert row_of(counter, cylinders=3)["complete"] == 1
    assert row_of(counter, cylinders=1)["complete"] == 0
    hear(photos(**{f"i{ids[0]}": (0, 1, False), f"i{ids[1]}": (2, 1, True), f"i{ids[2]}": (1, 3, True)}))
    assert row_of(counter, cylinders=3)["complete"] == 2
    ask(DeleteCylinders(application_id=application_id, ids=[ids[1]]))
    assert row_of(counter, cylinders=2)["complete"] == 1
    unknown = photos(i1=(1, 1, True)).model_copy(update={"application_id": "unknown"})
    hear(unknown)
    hear(
        PhotosSnapshotted(
            application_id=application_id, attempt=1, snapshot=Claim(key="k", sha256="s"), count=1
        )
    )


def test_photo_counts_do_not_wait_for_an_import_and_meet_deletions_without_deadlock(
    drafted: Make, imported: Make, ask: Make, numbered: Make, hear: Make, database: Database, row_of: Make
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(40)))
    ids = [one.id for one in ask(ListCylinders(application_id=application_id)).items]
    whole = [PhotoCount(cylinder_id=one, stamp=1, supervision_cert=1, complete=True) for one in reversed(ids)]
    with database.changing(ACTOR) as importing:
        scopes.lock_to_change(importing.session, application_id)
        hear(PhotosChanged(application_id=application_id, cylinders=tuple(whole)))
    assert row_of(counter)["complete"] == 40

    def tell() -> None:
        for turn in range(10):
            turned = tuple(one.model_copy(update={"complete": turn % 2 == 1}) for one in whole)
            hear(PhotosChanged(application_id=application_id, cylinders=turned))

    def delete() -> None:
        for start in range(0, 20, 2):
            ask(DeleteCylinders(application_id=application_id, ids=ids[start : start + 2]))

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(do) for do in (tell, delete)]:
            done.result(30)
    complete = select(func.count()).where(cylinder.c.complete)
    with database.reading() as session:
        counted = session.execute(complete).scalar_one()
    assert (row_of(counter)["cylinders"], row_of(counter)["complete"]) == (20, counted) == (20, 20)


def test_an_import_whose_job_was_given_up_has_failed(
    application: Make,
    queued: Make,
    numbered: Make,
    database: Database,
    tools: Tools,
    row_of: Make,
    events: Make,
) -> None:
    import_id = queued(application(), numbered(range(1)))
    upkeep.fail_parked_imports(tools)
    assert row_of(import_run, id=import_id)["state"] == "queued"
    kill_three_workers(database, kinds.IMPORT)
    upkeep.fail_parked_imports(tools)
    upkeep.fail_parked_imports(tools)
    run = row_of(import_run, id=import_id)
    assert (run["state"], run["fault"]) == ("failed", clock.WORN_OUT)
    assert [one["state"] for one in events("import.finished")] == ["failed"]


def test_a_wish_to_release_whose_job_was_given_up_is_fulfilled_in_the_end(
    drafted: Make,
    imported: Make,
    numbered: Make,
    hear: Make,
    database: Database,
    tools: Tools,
    run_all: Make,
    events: Make,
) -> None:
    application_id = drafted()
    imported(application_id, numbered(range(2)))
    hear(ApplicationWithdrawn(application_id=application_id, unit_id="unit-a"))
    columns = chassis_tables.job.c
    with database.engine.begin() as connection:
        given_up = {"state": "failed", "attempt": 3, "finished_at": func.now() - timedelta(minutes=2)}
        connection.execute(update(chassis_tables.job).where(columns.kind == "release").values(**given_up))
    run_all()
    assert events("cylinders.released") == []
    upkeep.begin_again(tools)
    run_all()
    assert [one["count"] for one in events("cylinders.released")] == [2]


def test_old_uploads_and_what_was_staged_are_removed(
    drafted: Make,
    uploaded: Make,
    workbook_file: Make,
    numbered: Make,
    database: Database,
    tools: Tools,
    ask: Make,
) -> None:
    application_id = drafted()
    old, fresh = (uploaded(application_id, workbook_file(numbered(range(1)))) for _ in range(2))
    with database.engine.begin() as connection:
        connection.execute(
            update(upload).where(upload.c.upload_id == old).values(created_at=text("now() - interval '25 h'"))
        )
    upkeep.prune_uploads(tools)
    request = StartImport(application_id=application_id, upload_id=old, district_code="500103")
    assert code_of(lambda: ask(request)) == "NOT_FOUND"
    assert ask(request.model_copy(update={"upload_id": fresh})).state == "queued"
    with pytest.raises(Exception, match=old):
        tools.storage.size(tools.storage.staging_key(AREA, old))


def test_an_error_workbook_that_is_not_written_yet_is_being_prepared(
    application: Make, queued: Make, numbered: Make, worker: Any, ask: Make, database: Database
) -> None:
    rows = numbered(range(2))
    rows[0]["volume_l"] = "x"
    import_id = queued(application(), rows)
    request = GetErrorWorkbook(import_id=str(import_id))
    assert code_of(lambda: ask(request)) == "PREPARING"
    with database.engine.begin() as connection:
        connection.execute(text("update job set kind = 'held' where kind <> 'import'"))
    worker.do_next()
    assert code_of(lambda: ask(request)) == "PREPARING"

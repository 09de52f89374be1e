"""Cylinders as they are announced, what is missing, the seal and the snapshot behind it."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from attachments import keys, scopes, sealing
from attachments.service import handlers_of
from attachments.tables import counter, cylinder, photo_cylinder, scope, tally_count
from attachments.tools import Tools
from chassis.audit import Actor
from chassis.database import Database
from chassis.storage import NotStoredError
from chassis.tables import job
from contracts.attachments import (
    AddDocument,
    AddPhotos,
    CheckPhotos,
    DeletePhoto,
    ListDocuments,
    ListPhotos,
    NewPhoto,
    SealPhotos,
    UnsealPhotos,
)
from contracts.bulk import PHOTO_SNAPSHOT
from contracts.call import calls_of
from contracts.errors import AppError
from contracts.events import (
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from contracts.review import ApplicationScope

Make = Callable[..., Any]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def seal_of(application_id: str, attempt: int = 1, version: int = 1) -> SealPhotos:
    return SealPhotos(application_id=application_id, attempt=attempt, cylinders_version=version)


def submitted(application_id: str, attempt: int = 1) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application_id,
        unit_id="unit-a",
        attempt=attempt,
        cylinders_version=1,
        district_code="500103",
        authority_code="CQ-YZ",
    )


def tallies_of(database: Database) -> dict[tuple[int, ...], int]:
    """The counts that are kept, after a look that they are those of the cylinders."""
    names = ("stamps", "certs", "pending_stamps", "pending_certs")
    with database.reading() as session:
        kept = select(*(tally_count.c[name] for name in names), tally_count.c.cylinders)
        rows = session.execute(kept.where(tally_count.c.cylinders != 0)).all()
        columns = [cylinder.c[name] for name in names]
        real = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    assert sorted(map(tuple, rows)) == sorted(map(tuple, real))
    return {tuple(row[:-1]): row[-1] for row in rows}


@pytest.fixture
def complete(draft: Make, added: Make, jpeg: Make, run_all: Make) -> Callable[..., str]:
    """An application whose cylinders have a stamp each and one certificate in common."""

    def make(ids: list[int], **documents: int) -> str:
        application_id: str = draft(ids, **documents)
        for number in ids:
            added(application_id, "STAMP", [number], jpeg(shade=number))
        added(application_id, "SUPERVISION_CERT", ids, jpeg())
        run_all()
        return application_id

    return make


def test_everything_that_is_missing_is_told_at_once(
    draft: Make, added: Make, jpeg: Make, run_all: Make, ask: Make
) -> None:
    application_id = draft(list(range(1, 31)), ASSESSMENT=3, CUSTODY_AGREEMENT=0)
    added(application_id, "STAMP", [2], jpeg())
    run_all()
    added(application_id, "SUPERVISION_CERT", [5], jpeg())
    told = ask(CheckPhotos(application_id=application_id), "review")
    assert not told.complete
    assert [(fault.code, fault.count) for fault in told.faults] == [
        ("PHOTO_MISSING", 30),
        ("STAMP_MISSING", 29),
        ("CERT_MISSING", 29),
        ("PHOTOS_PENDING", 1),
        ("DOCUMENT_MISSING", 1),
    ]
    assert told.faults[1].sample == [f"N{i}" for i in (1, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    assert told.faults[2].sample[:5] == ["N1", "N2", "N3", "N4", "N6"]
    assert told.faults[3].sample == ["N5"]


def test_what_is_missing_is_not_told_of_older_cylinders(draft: Make, ask: Make) -> None:
    application_id = draft([1, 2])
    for unknown in (application_id, "unknown"):
        with pytest.raises(AppError, match="BEHIND"):
            ask(CheckPhotos(application_id=unknown, cylinders_version=99), "review")
    faults = ask(CheckPhotos(application_id=application_id, cylinders_version=1), "review").faults
    assert {fault.count for fault in faults} == {2}


def test_an_unknown_or_empty_application_has_no_cylinders(ask: Make, application: Make) -> None:
    for application_id in ("unknown", application()):
        (fault,) = ask(CheckPhotos(application_id=application_id), "review").faults
        assert fault.code == "NO_CYLINDERS"
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(CheckPhotos(application_id="unknown"))


def test_a_seal_waits_for_cylinders_then_photos_then_asks_for_what_is_missing(
    draft: Make, added: Make, jpeg: Make, run_all: Make, ask: Make
) -> None:
    application_id = draft([1])
    added(application_id, "STAMP", [1], jpeg())
    with pytest.raises(AppError, match="BEHIND"):
        ask(seal_of(application_id, version=2), "review")
    with pytest.raises(AppError, match="PHOTOS_PENDING"):
        ask(seal_of(application_id), "review")
    run_all()
    with pytest.raises(AppError, match="INCOMPLETE") as refused:
        ask(seal_of(application_id), "review")
    faults = refused.value.extra["faults"]
    assert [fault["code"] for fault in faults] == ["PHOTO_MISSING", "CERT_MISSING"]
    assert faults[1]["sample"] == ["N1"]
    with pytest.raises(AppError, match="BEHIND"):
        ask(seal_of("unknown"), "review")
    added(application_id, "SUPERVISION_CERT", [1], jpeg())
    run_all()
    ask(seal_of(application_id), "review", key="same")
    ask(seal_of(application_id), "review", key="same")
    ask(seal_of(application_id), "review")


def test_sealed_photos_do_not_change_until_they_are_unsealed(
    complete: Make, ask: Make, hear: Make, added: Make, uploaded: Make, jpeg: Make, run_all: Make
) -> None:
    application_id = complete([1, 2])
    spare = uploaded(application_id, jpeg())
    photo_id = ask(ListPhotos(cylinder_id="1")).items[0].id
    ask(seal_of(application_id), "review")
    new = NewPhoto(upload_id=spare, kind="STAMP", cylinder_ids=["1"])
    assert ask(AddPhotos(application_id=application_id, items=[new])).items[0].code == "WRONG_STATE"
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(DeletePhoto(photo_id=photo_id))
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(AddDocument(application_id=application_id, upload_id=spare, kind_of_document="ASSESSMENT"))
    hear(ApplicationReopened(application_id=application_id, unit_id="unit-a", attempt=1))
    assert ask(AddPhotos(application_id=application_id, items=[new])).items[0].code is None
    run_all()
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(seal_of(application_id), "review")
    ask(seal_of(application_id, attempt=2), "review")
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(seal_of(application_id, attempt=1), "review")


def test_an_attempt_that_was_undone_before_its_seal_came_is_not_sealed(complete: Make, ask: Make) -> None:
    ask(UnsealPhotos(application_id="unknown", attempt=1), "review")
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(seal_of("unknown"), "review")
    application_id = complete([1])
    ask(UnsealPhotos(application_id=application_id, attempt=2), "review")
    ask(UnsealPhotos(application_id=application_id, attempt=1), "review")
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(seal_of(application_id, attempt=2), "review")
    ask(seal_of(application_id, attempt=3), "review")
    ask(UnsealPhotos(application_id=application_id, attempt=2), "review")  # late: the seal of 3 stands
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(DeletePhoto(photo_id=ask(ListPhotos(cylinder_id="1")).items[0].id))


@pytest.mark.parametrize("late", [False, True])
def test_officers_see_no_photos_of_what_was_not_submitted_or_was_taken_back(
    late: bool, complete: Make, ask: Make, hear: Make
) -> None:
    application_id = complete([1])
    officer = {"kind": "bureau", "authority_code": "CQ-YZ"}
    ask(seal_of(application_id), "review")
    assert ask(ListPhotos(cylinder_id="1"), **officer).items
    undo: list[Callable[[], object]] = [
        lambda: ask(UnsealPhotos(application_id=application_id, attempt=1), "review"),
        lambda: hear(ApplicationWithdrawn(application_id=application_id, unit_id="unit-a")),
    ]
    for step in reversed(undo) if late else undo:
        step()
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(ListPhotos(cylinder_id="1"), **officer)
    assert ask(ListPhotos(cylinder_id="1")).items


def test_an_application_that_ends_while_its_seal_is_undone_stays_ended(
    complete: Make, ask: Make, hear: Make, row_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    application_id, write = complete([1]), sealing._write
    ask(seal_of(application_id), "review")
    over = ApplicationWithdrawn(application_id=application_id, unit_id="unit-a")
    ended: list[Future[None]] = []
    with ThreadPoolExecutor(1) as beside:

        def written_late(*given: Any, **values: Any) -> None:
            monkeypatch.setattr(sealing, "_write", write)
            ended.append(beside.submit(hear, over))
            wait(ended, 0.5)
            write(*given, **values)

        monkeypatch.setattr(sealing, "_write", written_late)
        ask(UnsealPhotos(application_id=application_id, attempt=1), "review")
        ended[0].result(10)
    assert row_of(scope, application_id=application_id)["state"] == "released"


def test_a_seal_does_not_wait_long_for_a_change_under_way(
    complete: Make, ask: Make, database: Database
) -> None:
    application_id = complete([1])
    begun, ended = threading.Event(), threading.Event()

    def change_slowly() -> None:
        with database.changing(Actor("u-1", "unit")) as change:
            scopes.lock_shared(change.session, application_id)
            begun.set()
            ended.wait(20)

    thread = threading.Thread(target=change_slowly)
    thread.start()
    begun.wait(5)
    started = time.monotonic()
    with pytest.raises(AppError, match="BEHIND"):
        ask(seal_of(application_id), "review")
    assert time.monotonic() - started < 10
    ended.set()
    thread.join(10)
    ask(seal_of(application_id), "review")


def test_a_document_is_a_whole_pdf_or_a_picture(
    complete: Make, ask: Make, uploaded: Make, jpeg: Make, run_all: Make
) -> None:
    application_id = complete([1], ASSESSMENT=1, CUSTODY_AGREEMENT=2)
    files = {
        "报告.pdf": PDF,
        "断开.pdf": PDF[:-8],
        "协议.heic": jpeg(file_format="HEIF"),
        "坏.pdf": b"MZ rubbish",
        "没有.pdf": None,
        "大.pdf": PDF[:-6] + b" " * (10 * 1024 * 1024) + b"%%EOF",
    }
    for name, content in files.items():
        kind: Any = "CUSTODY_AGREEMENT" if "协议" in name else "ASSESSMENT"
        upload_id = uploaded(application_id, content, "application/pdf", name)
        new = AddDocument(application_id=application_id, upload_id=upload_id, kind_of_document=kind)
        first = ask(new)
        assert (first.state, first.url, first.file_name) == ("pending", "", name)
        assert ask(new).id == first.id
    with pytest.raises(AppError, match="PHOTOS_PENDING"):
        ask(seal_of(application_id), "review")
    run_all()
    listed = ask(ListDocuments(application_id=application_id)).items
    assert [(one.file_name, one.state) for one in listed] == [
        (name, "ready" if name in {"报告.pdf", "协议.heic"} else "refused") for name in files
    ]
    assert all("请" in one.reason for one in listed if one.state == "refused")
    assert listed[2].url.partition("?")[0].endswith(".jpg")
    assert ask(CheckPhotos(application_id=application_id), "review").complete
    ask(seal_of(application_id), "review")
    reader = {"authority_code": "CQ-YZ"}
    assert len(ask(ListDocuments(application_id=application_id), "bureau", **reader).items) == 6
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(ListDocuments(application_id=application_id), "bureau", authority_code="CQ-NA")
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(ListDocuments(application_id=application_id), unit_id="unit-b")


def test_the_snapshot_has_every_usable_photo_of_every_cylinder_in_order(
    complete: Make, added: Make, ask: Make, hear: Make, run_all: Make, events: Make, tools: Tools
) -> None:
    application_id = complete([9, 10, 100])
    added(application_id, "STAMP", [10], b"rubbish")
    run_all()
    ask(seal_of(application_id), "review")
    hear(submitted(application_id))
    run_all()
    (event,) = events("photos.snapshotted")
    assert (event["attempt"], event["count"]) == (1, 6)
    content = tools.storage.get(event["snapshot"]["key"])
    table = pq.read_table(io.BytesIO(content))
    assert tuple(table.column_names) == PHOTO_SNAPSHOT
    rows = table.to_pylist()
    assert [(row["cylinder_id"], row["kind"]) for row in rows] == [
        (number, kind) for number in ("9", "10", "100") for kind in ("STAMP", "SUPERVISION_CERT")
    ]
    assert {row["photo_id"] for row in rows if row["kind"] == "SUPERVISION_CERT"} == {rows[1]["photo_id"]}
    assert (rows[0]["width"], rows[0]["height"], len(rows[0]["sha256"])) == (800, 1000, 64)
    for kind, claims in (("bureau", {"authority_code": "CQ-YZ"}), ("municipal", {})):
        assert len(ask(ListPhotos(cylinder_id="9"), kind, **claims).items) == 2
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(ListPhotos(cylinder_id="9"), "bureau", authority_code="CQ-NA")


def test_no_snapshot_is_told_of_an_attempt_that_was_undone(
    complete: Make, ask: Make, hear: Make, run_all: Make, events: Make
) -> None:
    application_id = complete([1])
    ask(seal_of(application_id), "review")
    hear(submitted(application_id))
    hear(ApplicationReopened(application_id=application_id, unit_id="unit-a", attempt=1))
    run_all()
    assert events("photos.snapshotted") == []


def test_a_rejected_application_never_changes_again(
    complete: Make, ask: Make, hear: Make, row_of: Make
) -> None:
    application_id = complete([1])
    ask(seal_of(application_id), "review")
    hear(
        ApplicationRejected(
            application_id=application_id, unit_id="unit-a", step="acceptance", reason_code="R01"
        )
    )
    ask(UnsealPhotos(application_id=application_id, attempt=1), "review")
    assert row_of(scope, application_id=application_id)["state"] == "released"
    with pytest.raises(AppError, match="WRONG_STATE"):
        ask(seal_of(application_id, attempt=2), "review")


def test_cylinders_that_vanish_take_their_photos_with_them(
    complete: Make,
    added: Make,
    announced: Make,
    hear: Make,
    run_all: Make,
    ask: Make,
    tools: Tools,
    database: Database,
) -> None:
    application_id = complete([1, 2, 3])
    stamp, cert = (one.id for one in ask(ListPhotos(cylinder_id="1")).items)
    added(application_id, "STAMP", [1], None)
    hear(announced(application_id, [2, 3, 4], 2, "M{}"))
    run_all()
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(ListPhotos(cylinder_id="1"))
    with pytest.raises(NotStoredError):
        tools.storage.get(keys.original(stamp))
    assert tools.storage.get(keys.original(cert))
    assert ask(ListPhotos(cylinder_id="2")).items[1].shared_with == 1
    assert tallies_of(database) == {(0, 0, 0, 0): 1, (1, 1, 0, 0): 2}
    (fault, *_) = ask(CheckPhotos(application_id=application_id), "review").faults
    assert fault.sample == ["M4"]
    with database.reading() as session:
        assert session.execute(select(func.count()).select_from(photo_cylinder)).scalar() == 4


def test_an_older_version_of_the_cylinders_changes_nothing(
    draft: Make, announced: Make, hear: Make, run_all: Make, ask: Make, database: Database
) -> None:
    application_id = draft([1])
    newer, older = announced(application_id, [1, 2], 3), announced(application_id, [1], 2)
    hear(newer)
    hear(older)
    run_all()
    assert tallies_of(database) == {(0, 0, 0, 0): 2}
    with database.reading() as session:
        assert session.execute(select(counter.c.version)).scalar_one() == 3


def test_cylinders_may_come_before_their_application(
    announced: Make, hear: Make, run_all: Make, review: Any, ask: Make, row_of: Make
) -> None:
    review.known["app"] = ApplicationScope(
        application_id="app", application_no="NO-1", unit_id="unit-a", registration_reason="NEW",
        variety_group=None, state="draft", district_code="500103", authority_code="CQ-YZ",
    )  # fmt: skip
    hear(announced("app", [1]))
    run_all()
    assert row_of(scope, application_id="app")["authority_code"] == "CQ-YZ"
    assert ask(ListPhotos(cylinder_id="1")).items == []


def test_a_file_that_is_not_the_announced_one_is_not_applied(
    application: Make, announced: Make, hear: Make, worker: Any, tools: Tools, database: Database
) -> None:
    application_id = application()
    event = announced(application_id, [1])
    tools.storage.put(event.cylinders.key, b"another", "application/octet-stream")
    hear(event)
    assert worker.do_next()
    assert tallies_of(database) == {}
    with database.reading() as session:
        assert session.execute(select(job.c.state, job.c.attempt)).one() == ("queued", 1)


def test_a_change_that_meets_cylinders_being_replaced_is_asked_to_come_again(
    draft: Make, ask: Make, uploaded: Make, jpeg: Make, database: Database
) -> None:
    application_id = draft([1])
    new = NewPhoto(upload_id=uploaded(application_id, jpeg()), kind="STAMP", cylinder_ids=["1"])
    with database.engine.begin() as connection:
        connection.execute(select(cylinder).with_for_update())
        with pytest.raises(AppError, match="BEHIND"):
            ask(AddPhotos(application_id=application_id, items=[new]))
    assert ask(AddPhotos(application_id=application_id, items=[new])).items[0].photo_id


def test_every_declared_call_is_answered(tools: Tools) -> None:
    assert set(handlers_of(tools).calls) == {call.method() for call in calls_of("attachments")}

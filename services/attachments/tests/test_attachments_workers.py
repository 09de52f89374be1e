"""Jobs that begin again, race with others or are given up; what the clock looks after."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from tests.fixtures.worn_out import kill_three_workers
from urllib3.exceptions import MaxRetryError

from attachments import clock, keys, kinds, photo_job
from attachments.completeness import PhotoLimits
from attachments.tables import cylinder, photo, upload
from attachments.tools import Tools
from attachments.worker import OTHERS, PHOTOS, with_tools
from chassis import patience
from chassis.database import Database
from chassis.storage import NotStoredError
from chassis.tables import job, outbox
from chassis.worker import Worker
from contracts.attachments import AddDocument, AddPhotos, DeletePhoto, ListDocuments, ListPhotos, NewPhoto

Make = Callable[..., Any]


class KilledError(BaseException):
    """Stands for the end of the process: no handler of the worker catches it."""


def test_a_worker_that_dies_between_storage_and_commit_is_followed_by_one_that_ends_the_work(
    draft: Make,
    added: Make,
    jpeg: Make,
    worker: Worker,
    database: Database,
    events: Make,
    ask: Make,
    tools: Tools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application_id = draft([1])
    new = added(application_id, "STAMP", [1], jpeg())

    def die(*_: object) -> bool:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(photo_job, "settle", die)
        with pytest.raises(KilledError):
            worker.do_next()
    first = tools.storage.get(keys.original(keys.id_of(new.upload_id)))
    assert events("photos.changed") == []
    assert not worker.do_next()  # its lease runs on
    with database.engine.begin() as connection:
        connection.execute(update(job).values(lease_until=func.now()))
    assert worker.do_next()
    assert not worker.do_next()
    assert tools.storage.get(keys.original(keys.id_of(new.upload_id))) == first
    assert len(events("photos.changed")) == 1
    assert ask(ListPhotos(cylinder_id="1")).items[0].state == "ready"


def test_a_photo_that_is_deleted_while_it_is_checked_leaves_nothing_behind(
    draft: Make,
    added: Make,
    jpeg: Make,
    run_all: Make,
    ask: Make,
    tools: Tools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application_id = draft([1])
    new = added(application_id, "STAMP", [1], jpeg())
    store = photo_job._store

    def store_and_delete(*given: Any) -> None:
        store(*given)
        ask(DeletePhoto(photo_id=new.photo_id))

    monkeypatch.setattr(photo_job, "_store", store_and_delete)
    run_all()
    assert ask(ListPhotos(cylinder_id="1")).items == []
    for key in (keys.staged(new.upload_id), *keys.all_of_photo(keys.id_of(new.upload_id))):
        with pytest.raises(NotStoredError):
            tools.storage.get(key)


def test_a_worker_that_lost_its_job_takes_nothing_from_the_one_that_did_it(
    draft: Make,
    added: Make,
    jpeg: Make,
    worker: Worker,
    environment: dict[str, str],
    database: Database,
    ask: Make,
    tools: Tools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application_id = draft([1])
    new = added(application_id, "STAMP", [1], jpeg())
    other = Worker(database, environment["AMQP_URL"], with_tools(PHOTOS, tools))
    store = photo_job._store

    def stored_late(*given: Any) -> None:
        monkeypatch.setattr(photo_job, "_store", store)
        with database.engine.begin() as connection:
            connection.execute(update(job).values(lease_until=func.now()))
        assert other.do_next()
        store(*given)

    monkeypatch.setattr(photo_job, "_store", stored_late)
    assert worker.do_next()
    assert ask(ListPhotos(cylinder_id="1")).items[0].state == "ready"
    assert tools.storage.get(keys.original(keys.id_of(new.upload_id)))


def run_together(first: list[threading.Thread], then: list[threading.Thread], ended: threading.Event) -> None:
    """Starts all, and says when the first ones have ended."""
    for thread in (*first, *then):
        thread.start()
    for thread in first:
        thread.join(60)
    ended.set()
    for thread in then:
        thread.join(60)


def test_many_workers_and_callers_on_the_same_cylinders_count_right(
    draft: Make,
    ask: Make,
    uploaded: Make,
    jpeg: Make,
    environment: dict[str, str],
    database: Database,
    tools: Tools,
    row_of: Make,
    events: Make,
) -> None:
    application_id = draft([1, 2, 3])
    content = jpeg((600, 600))
    uploads = [uploaded(application_id, content) for _ in range(12)]
    faults: list[Exception] = []
    all_added = threading.Event()

    def add(at: int) -> None:
        ids = ["3", "2", "1"] if at % 2 else ["1", "2", "3"]
        new = NewPhoto(upload_id=uploads[at], kind="SUPERVISION_CERT", cylinder_ids=ids)
        try:
            ask(AddPhotos(application_id=application_id, items=[new]))
        except Exception as fault:  # noqa: BLE001  # whatever it is, the test tells it
            faults.append(fault)

    def work() -> None:
        worker = Worker(database, environment["AMQP_URL"], with_tools({**PHOTOS, **OTHERS}, tools))
        while worker.do_next() or not all_added.is_set():
            pass

    adding = [threading.Thread(target=add, args=(at,)) for at in range(12)]
    working = [threading.Thread(target=work) for _ in range(2)]
    run_together(adding, working, all_added)
    assert faults == []
    for number in (1, 2, 3):
        row = row_of(cylinder, id=number)
        assert (row["certs"], row["pending_certs"]) == (4, 0)
    assert [one["cylinders"][0]["supervision_cert"] for one in events("photos.changed")] == [1, 2, 3, 4]


def test_what_was_given_up_is_refused_by_the_clock(
    draft: Make, added: Make, uploaded: Make, jpeg: Make, ask: Make, database: Database, events: Make
) -> None:
    application_id = draft([1])
    added(application_id, "STAMP", [1], jpeg())
    upload_id = uploaded(application_id, b"x", "application/pdf")
    ask(AddDocument(application_id=application_id, upload_id=upload_id, kind_of_document="ASSESSMENT"))
    clock.refuse_given_up(database, PhotoLimits())
    assert ask(ListPhotos(cylinder_id="1")).items[0].state == "pending"
    for kind in (kinds.PHOTO, kinds.DOCUMENT):
        kill_three_workers(database, kind)
    for _ in range(2):
        clock.refuse_given_up(database, PhotoLimits())
    refused, document = (
        ask(ListPhotos(cylinder_id="1")).items[0],
        ask(ListDocuments(application_id=application_id)).items[0],
    )
    assert (refused.state, document.state) == ("refused", "refused")
    assert "请重新上传" in refused.reason
    assert len(events("photos.changed")) == 1


@pytest.mark.parametrize("kind", clock.OWN_WORK)
def test_work_that_others_wait_for_begins_again_after_it_was_given_up(
    kind: str, application: Make, announced: Make, hear: Make, worker: Worker, database: Database
) -> None:
    application_id = application()
    hear(announced(application_id, [1]))
    with database.engine.begin() as connection:
        minute = func.now() - text("interval '2 minutes'")
        given_up = {"kind": kind, "state": "failed", "attempt": 3, "finished_at": minute}
        connection.execute(update(job).values(**given_up))
    assert not worker.do_next()
    for action in clock.own_actions(PhotoLimits()):
        action.do(database)
    assert worker.do_next()


def test_old_tickets_and_what_was_uploaded_by_them_are_pruned_but_not_what_waits(
    draft: Make, added: Make, uploaded: Make, jpeg: Make, run_all: Make, database: Database, tools: Tools
) -> None:
    application_id = draft([1])
    waits = added(application_id, "STAMP", [1], jpeg()).upload_id
    old, young = (uploaded(application_id, jpeg()) for _ in range(2))
    with database.engine.begin() as connection:
        aged = upload.c.upload_id.in_([waits, old])
        connection.execute(update(upload).where(aged).values(created_at=func.now() - clock.OLD * 2))
    clock.prune_tickets(database)
    with database.reading() as session:
        assert set(session.execute(select(upload.c.upload_id)).scalars()) == {waits, young}
    run_all()
    with pytest.raises(NotStoredError):
        tools.storage.get(keys.staged(old))
    assert tools.storage.get(keys.staged(young))


def test_a_job_waits_for_storage_that_is_away(
    draft: Make,
    added: Make,
    jpeg: Make,
    run_all: Make,
    ask: Make,
    tools: Tools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,))
    application_id = draft([1])
    added(application_id, "STAMP", [1], jpeg())
    get, tries = tools.storage.get, []

    def away(key: str) -> bytes:
        tries.append(key)
        if len(tries) < 6:
            raise MaxRetryError(None, key)  # type: ignore[arg-type]  # no pool is there to name
        return get(key)

    monkeypatch.setattr(tools.storage, "get", away)
    run_all()
    assert ask(ListPhotos(cylinder_id="1")).items[0].state == "ready"
    assert len(tries) == 6


def test_patience_ends(monkeypatch: pytest.MonkeyPatch, worker: Worker) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,))

    def away() -> None:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        patience.patiently(away, worker._keeper, 0.05)


def test_a_batch_of_two_hundred_photos_is_one_quick_change(
    draft: Make, ask: Make, database: Database
) -> None:
    ids = list(range(1, 201))
    application_id = draft(ids)
    uploads = [uuid.uuid4().hex for _ in ids]
    row = {"scope_no": 1, "file_name": "a.jpg", "content_type": "image/jpeg", "size": 1}
    with database.engine.begin() as connection:
        connection.execute(upload.insert(), [{**row, "upload_id": one} for one in uploads])
    items = [
        NewPhoto(upload_id=one, kind="STAMP", cylinder_ids=[str(number)])
        for one, number in zip(uploads, ids, strict=True)
    ]
    started = time.monotonic()
    results = ask(AddPhotos(application_id=application_id, items=items)).items
    assert time.monotonic() - started < 5
    assert len({one.photo_id for one in results}) == 200
    with database.reading() as session:
        assert session.execute(select(func.count()).where(photo.c.state == "pending")).scalar() == 200
        wake_ups = select(func.count()).where(outbox.c.routing_key == "jobs-attachments-photo")
        assert session.execute(wake_ups).scalar() == 1


def test_a_photo_is_one_row_only(draft: Make, added: Make, jpeg: Make, database: Database) -> None:
    new = added(draft([1]), "STAMP", [1], jpeg())
    row = {"id": uuid.UUID(new.photo_id), "scope_no": 1, "upload_id": new.upload_id, "kind": "STAMP"}
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(photo.insert().values(**row))

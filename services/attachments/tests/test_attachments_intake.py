"""From a ticket to a ready or refused photo."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from attachments import keys
from attachments.tables import cylinder, photo
from attachments.tools import Tools
from chassis.storage import NotStoredError
from contracts.attachments import (
    AddPhotos,
    DeletePhoto,
    LinkPhotos,
    ListPhotos,
    NewPhoto,
    RequestUploads,
    WantedUpload,
)
from contracts.errors import AppError
from contracts.events import ApplicationWithdrawn
from contracts.review import ApplicationScope

Make = Callable[..., Any]
MEGABYTE = 1024 * 1024


def wanted(content_type: str = "image/jpeg", size: int = 1000) -> WantedUpload:
    return WantedUpload(file_name="钢印.jpg", size=size, content_type=content_type)


def counts(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("stamps", "certs", "pending_stamps", "pending_certs"))


def test_a_photo_goes_from_the_browser_to_its_cylinder(
    draft: Make, ask: Make, run_all: Make, jpeg: Make, events: Make, row_of: Make, tools: Tools
) -> None:
    application_id = draft([7, 8])
    (ticket,) = ask(RequestUploads(application_id=application_id, items=[wanted()])).items
    fields, content = {**ticket.fields, "Content-Type": "image/jpeg"}, jpeg()
    posted = httpx.post(ticket.url, data=fields, files={"file": ("a.jpg", content)}, timeout=10)
    assert posted.status_code == 204
    new = NewPhoto(upload_id=ticket.upload_id, kind="STAMP", cylinder_ids=["7"])
    (result,) = ask(AddPhotos(application_id=application_id, items=[new])).items
    (waiting,) = ask(ListPhotos(cylinder_id="7")).items
    assert (waiting.id, waiting.state, waiting.url) == (result.photo_id, "pending", "")
    assert counts(row_of(cylinder, id=7)) == (0, 0, 1, 0)
    run_all()
    (ready,) = ask(ListPhotos(cylinder_id="7")).items
    assert (ready.state, ready.shared_with, ready.kind) == ("ready", 0, "STAMP")
    sizes = [Image.open(BytesIO(httpx.get(url).content)).size for url in (ready.url, ready.thumbnail_url)]
    assert sizes == [(800, 1000), (512, 640)]
    assert counts(row_of(cylinder, id=7)) == (1, 0, 0, 0)
    assert events("photos.changed") == [
        {
            "application_id": application_id,
            "cylinders": [{"cylinder_id": "7", "stamp": 1, "supervision_cert": 0, "complete": False}],
        }
    ]
    with pytest.raises(NotStoredError):
        tools.storage.get(keys.staged(ticket.upload_id))
    (link,) = ask(LinkPhotos(photo_ids=[ready.id, uuid.uuid4().hex, "x"]), "review").items
    assert httpx.get(link.url).content == httpx.get(ready.url).content


def test_a_certificate_serves_many_cylinders(
    draft: Make, ask: Make, run_all: Make, jpeg: Make, events: Make, added: Make
) -> None:
    application_id = draft([1, 2, 3])
    for number in (1, 2):
        added(application_id, "STAMP", [number], jpeg(shade=number))
    added(application_id, "SUPERVISION_CERT", [1, 2, 2], jpeg())
    run_all()
    shown = ask(ListPhotos(cylinder_id="2")).items
    assert [(one.kind, one.shared_with) for one in shown] == [("STAMP", 0), ("SUPERVISION_CERT", 1)]
    last = events("photos.changed")[-1]["cylinders"]
    assert last == [
        {"cylinder_id": str(i), "stamp": 1, "supervision_cert": 1, "complete": True} for i in (1, 2)
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "重新上传"),
        (b"rubbish", "JPEG"),
        (b"\xff\xd8\xff" + b"0" * 100, "损坏"),
        (b"\xff\xd8\xff" + b"0" * (10 * MEGABYTE), "10MB"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(
    content: bytes | None,
    reason: str,
    draft: Make,
    ask: Make,
    run_all: Make,
    added: Make,
    row_of: Make,
    events: Make,
    tools: Tools,
) -> None:
    application_id = draft([1])
    new = added(application_id, "STAMP", [1], content)
    run_all()
    (refused,) = ask(ListPhotos(cylinder_id="1")).items
    assert (refused.id, refused.state, refused.url) == (new.photo_id, "refused", "")
    assert reason in refused.reason
    assert "请" in refused.reason
    assert counts(row_of(cylinder, id=1)) == (0, 0, 0, 0)
    assert events("photos.changed")[-1]["cylinders"][0]["stamp"] == 0
    assert ask(LinkPhotos(photo_ids=[new.photo_id]), "review").items == []
    with pytest.raises(NotStoredError):
        tools.storage.get(keys.staged(new.upload_id))


def test_a_heic_photo_becomes_a_jpeg(
    draft: Make, ask: Make, run_all: Make, uploaded: Make, jpeg: Make
) -> None:
    application_id = draft([1])
    upload_id = uploaded(application_id, jpeg(file_format="HEIF"), "image/heic")
    new = NewPhoto(upload_id=upload_id, kind="STAMP", cylinder_ids=["1"])
    ask(AddPhotos(application_id=application_id, items=[new]))
    run_all()
    (ready,) = ask(ListPhotos(cylinder_id="1")).items
    answer = httpx.get(ready.url)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")


def test_each_item_is_answered_by_itself_and_the_same_upload_is_the_same_photo(
    draft: Make, ask: Make, uploaded: Make, jpeg: Make
) -> None:
    application_id, elsewhere = draft([1, 2]), draft([3], "unit-b")
    uploads = [uploaded(application_id, jpeg()) for _ in range(7)]

    def new(at: int, kind: Any = "STAMP", ids: str = "1") -> NewPhoto:
        return NewPhoto(upload_id=uploads[at], kind=kind, cylinder_ids=ids.split())

    items = [
        new(0), new(0), new(1, ids="1 2"), new(1, ids="3"), new(1, ids="x"), new(1, "SUPERVISION_CERT", "1 2"),
        new(2), new(3), new(4), new(5, ids="2"), NewPhoto(upload_id="none", kind="STAMP", cylinder_ids=["2"]),
    ]  # fmt: skip
    results = ask(AddPhotos(application_id=application_id, items=items)).items
    assert [one.code for one in results] == [
        None, None, "STAMP_SINGLE", "NOT_FOUND", "NOT_FOUND", None, None, None, "TOO_MANY_PHOTOS", None, "NOT_FOUND",
    ]  # fmt: skip
    assert results[0].photo_id == results[1].photo_id == str(keys.id_of(uploads[0]))
    assert all("请" in one.message for one in results if one.code)
    assert "N1" in results[8].message
    repeats = [new(0), new(1, "SUPERVISION_CERT", "2 1"), new(0, ids="2"), new(0, "SUPERVISION_CERT")]
    again = ask(AddPhotos(application_id=application_id, items=repeats)).items
    assert [one.photo_id for one in again] == [results[0].photo_id, results[5].photo_id, None, None]
    assert [one.code for one in again[2:]] == ["NOT_FOUND"] * 2  # used already, and for something else
    assert "已被使用" in again[2].message
    assert len(ask(ListPhotos(cylinder_id="2")).items) == 2
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(AddPhotos(application_id=elsewhere, items=[new(6)]))


def test_tickets_are_for_sound_files_of_ones_own_draft(
    draft: Make, ask: Make, hear: Make, uploaded: Make, jpeg: Make
) -> None:
    application_id = draft([1])
    spare = uploaded(application_id, jpeg())

    def request(*items: WantedUpload, **claims: str) -> Any:
        return ask(RequestUploads(application_id=application_id, items=list(items)), **claims).items

    assert len(request(wanted(), wanted("application/pdf"), wanted("image/heic"), wanted("image/png"))) == 4
    with pytest.raises(AppError, match="FILE_TYPE"):
        request(wanted(), wanted("image/gif"))
    with pytest.raises(AppError, match=r"FILE_TOO_LARGE.*10MB"):
        request(wanted(size=10 * MEGABYTE + 1))
    with pytest.raises(AppError, match="NOT_FOUND"):
        request(wanted(), unit_id="unit-b")
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(RequestUploads(application_id=application_id, items=[wanted()]), "bureau", authority_code="CQ-YZ")
    hear(ApplicationWithdrawn(application_id=application_id, unit_id="unit-a"))
    with pytest.raises(AppError, match="WRONG_STATE"):
        request(wanted())
    new = NewPhoto(upload_id=spare, kind="STAMP", cylinder_ids=["1"])
    (result,) = ask(AddPhotos(application_id=application_id, items=[new])).items
    assert (result.code, result.photo_id) == ("WRONG_STATE", None)


def test_an_application_whose_events_have_not_come_yet_is_asked_for_once(ask: Make, review: Any) -> None:
    known = {"application_no": "NO-1", "registration_reason": "NEW", "variety_group": None, "state": "draft"}
    review.known["app"] = ApplicationScope.model_validate(
        {**known, "application_id": "app", "unit_id": "unit-a", "district_code": None, "authority_code": None}
    )
    for _ in range(2):
        assert ask(RequestUploads(application_id="app", items=[wanted()])).items
    assert review.asked == ["app"]
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(RequestUploads(application_id="app", items=[wanted()]), unit_id="unit-b")
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(RequestUploads(application_id="unknown", items=[wanted()]))


@pytest.mark.parametrize("ready", [True, False])
def test_a_deleted_photo_is_gone_for_all_its_cylinders(
    ready: bool,
    draft: Make,
    ask: Make,
    run_all: Make,
    jpeg: Make,
    added: Make,
    events: Make,
    row_of: Make,
    tools: Tools,
) -> None:
    application_id = draft([1, 2])
    new = added(application_id, "SUPERVISION_CERT", [1, 2], jpeg())
    if ready:
        run_all()
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(DeletePhoto(photo_id=new.photo_id), unit_id="unit-b")
    for key in ("once", "once"):
        ask(DeletePhoto(photo_id=new.photo_id), key=key)
    with pytest.raises(AppError, match="NOT_FOUND"):
        ask(DeletePhoto(photo_id=new.photo_id))
    assert [counts(row_of(cylinder, id=number)) for number in (1, 2)] == [(0, 0, 0, 0)] * 2
    assert ask(ListPhotos(cylinder_id="1")).items == []
    assert {one["supervision_cert"] for one in events("photos.changed")[-1]["cylinders"]} == {0}
    run_all()
    for key in (keys.staged(new.upload_id), *keys.all_of_photo(keys.id_of(new.upload_id))):
        with pytest.raises(NotStoredError):
            tools.storage.get(key)
    again = NewPhoto(upload_id=new.upload_id, kind="STAMP", cylinder_ids=["1"])
    (result,) = ask(AddPhotos(application_id=application_id, items=[again])).items
    assert result.code == "NOT_FOUND"


def test_a_draft_and_its_photos_are_its_units_alone(
    draft: Make, ask: Make, run_all: Make, jpeg: Make, added: Make
) -> None:
    application_id = draft([1])
    added(application_id, "STAMP", [1], jpeg())
    run_all()
    assert len(ask(ListPhotos(cylinder_id="1")).items) == 1
    for kind, claims in (
        ("unit", {"unit_id": "unit-b"}),
        ("bureau", {"authority_code": "CQ-YZ"}),
        ("municipal", {}),
    ):
        with pytest.raises(AppError, match="NOT_FOUND"):
            ask(ListPhotos(cylinder_id="1"), kind, **claims)
    for strange in ("2", "x", "9" * 30):
        with pytest.raises(AppError, match="NOT_FOUND"):
            ask(ListPhotos(cylinder_id=strange))
    with pytest.raises(AppError, match="FORBIDDEN"):
        ask(LinkPhotos(photo_ids=[]))


def test_what_was_checked_is_remembered_of_a_photo(
    draft: Make, run_all: Make, jpeg: Make, added: Make, row_of: Make
) -> None:
    application_id = draft([1])
    new = added(application_id, "STAMP", [1], jpeg())
    run_all()
    row = row_of(photo, id=uuid.UUID(new.photo_id))
    assert (row["width"], row["height"], row["state"]) == (800, 1000, "ready")
    assert len(row["sha256"]) == 64
    assert len(row["perceptual_hash"]) == 16

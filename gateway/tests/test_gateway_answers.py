"""What the gateway composes, redirects to or streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.attachments import AddPhotos, ListPhotos, Photo, PhotoResult, PhotoResults, Photos
from contracts.call import Nothing, Page
from contracts.certificate import GetCertificateFile
from contracts.errors import AppError, FieldFault
from contracts.files import Link
from contracts.identity import EndSession
from contracts.importer import (
    CountCylinders,
    Counts,
    CylinderList,
    DeleteCylinders,
    Deleted,
    EditCylinder,
    ExportCylinders,
    GetCylinderListFile,
    GetImport,
    GetTemplate,
    ImportState,
    ListCylinders,
    ManyCounts,
    Progress,
)
from contracts.review import (
    Application,
    GetApplication,
    GetTodos,
    ListApplications,
    ListTasks,
    OpenReviewPage,
    ReviewCylinder,
    ReviewPage,
    Task,
    Todos,
    WithdrawApplication,
)
from gateway.api import import_watch

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
OPEN = "/api/v1/applications"


def application(number: str = "a-1", refused: int = 0) -> Application:
    return Application(
        id=number,
        application_no="SQ-1",
        category="2300",
        registration_reason="NEW",
        variety_group=None,
        state="draft",
        state_name="草稿",
        version=1,
        unit_id="u-1",
        unit_name="示例燃气公司",
        district_code=None,
        authority_code=None,
        created_at=NOON,
        refused=refused,
    )


def running(state: Any, read: int) -> ImportState:
    progress = Progress(total=200, read=read, checked=read, inserted=0, failed=0)
    return ImportState(
        id="i-1",
        application_id="a-1",
        state=state,
        district_code="500103",
        file_name="气瓶.xlsx",
        progress=progress,
        imported=0,
        failed=0,
        already=0,
        warned=0,
        error_workbook=False,
        created_at=NOON,
    )


def test_an_application_comes_with_its_counts(unit: Any, transport: Any) -> None:
    transport.answer(GetApplication, application(refused=1))
    transport.answer(CountCylinders, ManyCounts(counts={"a-1": Counts(cylinders=200, with_photos=199)}))
    answer = unit.get(f"{OPEN}/a-1").json()
    assert answer["counts"] == {"cylinders": 200, "with_photos": 199, "refused": 1}
    assert answer["district_code"] is None
    assert answer["created_at"] == "2026-11-24T12:00:00+08:00"


def test_the_counts_of_a_whole_list_are_asked_once_and_unknown_ones_are_zero(
    unit: Any, transport: Any
) -> None:
    items = [application("a-1"), application("a-2")]
    transport.answer(ListApplications, Page[Application](items=items, next_cursor="c", total=2))
    transport.answer(CountCylinders, ManyCounts(counts={"a-2": Counts(cylinders=5)}))
    answer = unit.get(f"{OPEN}?state=&limit=2").json()
    assert [item["counts"]["cylinders"] for item in answer["items"]] == [0, 5]
    assert (answer["next_cursor"], answer["total"]) == ("c", 2)
    wanted, counted = (asked.call for asked in transport.asked)
    assert wanted.state is None
    assert counted.application_ids == ["a-1", "a-2"]


def test_an_empty_list_counts_nothing(unit: Any, transport: Any) -> None:
    transport.answer(ListApplications, Page[Application](items=[], total=0))
    answer = unit.get(OPEN).json()
    assert answer == {"items": [], "next_cursor": None, "total": 0, "total_capped": False}
    assert len(transport.asked) == 1


def test_deleting_a_draft_withdraws_it(unit: Any, transport: Any) -> None:
    transport.answer(WithdrawApplication, application())
    transport.answer(CountCylinders, ManyCounts(counts={}))
    assert unit.request("DELETE", f"{OPEN}/a-1").status_code == 200
    assert (transport.asked[0].call.version, transport.asked[0].call.keep) == (None, False)


@pytest.mark.parametrize(
    ("path", "call", "role"),
    [
        ("/api/v1/templates/cylinders.xlsx", GetTemplate, "visitor"),
        ("/api/v1/certificates/c/file", GetCertificateFile, "unit"),
        ("/api/v1/cylinder-lists/l/file", GetCylinderListFile, "unit"),
        ("/api/v1/certificates/c/annex", GetCertificateFile, "bureau"),
    ],
)
def test_a_file_is_a_redirect_to_storage(
    client: Any, transport: Any, token_of: Callable[..., str], path: str, call: Any, role: str
) -> None:
    address = "http://storage.example/a%20b?X-Amz-Signature=1%2F2"
    transport.answer(call, Link(url=address))
    headers = {} if role == "visitor" else {"Authorization": f"Bearer {token_of(role)}"}
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_that_is_still_made_is_a_problem(unit: Any, transport: Any) -> None:
    transport.answer(GetCertificateFile, AppError("PREPARING"))
    assert unit.get("/api/v1/certificates/c/file").status_code == 409


def test_empty_filters_mean_no_filter(unit: Any, transport: Any) -> None:
    unit.get(f"{OPEN}/a-1/cylinders?has_photos=&q=&sort=&cursor=")
    call = transport.asked[0].call
    assert (call.filter.has_photos, call.filter.q, call.sort, call.cursor) == (None, "", "row", None)
    unit.get(f"{OPEN}/a-1/cylinders?has_photos=false&q=26&sort=serial_no&limit=7")
    call = transport.asked[1].call
    assert (call.filter.has_photos, call.filter.q, call.sort, call.limit) == (False, "26", "serial_no", 7)
    assert isinstance(call, ListCylinders)


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": ["c"], "filter": {}}, {"ids": []}, {"filter": {"q": 1}}, {"filter": {"has_photo": False}}],
)
def test_cylinders_are_deleted_by_ids_or_by_filter_never_by_nothing(
    unit: Any, transport: Any, body: Any
) -> None:
    answer = unit.request("DELETE", f"{OPEN}/a-1/cylinders", json=body)
    assert answer.status_code == 422
    assert transport.asked == []


def test_cylinders_are_deleted_by_filter(unit: Any, transport: Any) -> None:
    transport.answer(DeleteCylinders, Deleted(deleted=3))
    body = {"filter": {"has_photos": False}}
    assert unit.request("DELETE", f"{OPEN}/a-1/cylinders", json=body).json() == {"deleted": 3}
    assert transport.asked[0].call.filter.has_photos is False


def test_each_photo_is_answered_by_what_it_is(unit: Any, transport: Any) -> None:
    results = [PhotoResult(photo_id="p-1"), PhotoResult(code="STAMP_SINGLE", message="请逐只上传。")]
    transport.answer(AddPhotos, PhotoResults(items=results))
    item = {"upload_id": "x", "kind": "STAMP", "cylinder_ids": ["c-1"]}
    answer = unit.post(f"{OPEN}/a-1/photos", json={"items": [item, item]})
    assert answer.status_code == 202
    assert answer.json()["items"] == [
        {"photo_id": "p-1"},
        {"code": "STAMP_SINGLE", "message": "请逐只上传。"},
    ]


def test_signing_out_has_no_body(unit: Any, transport: Any) -> None:
    transport.answer(EndSession, Nothing())
    answer = unit.request("DELETE", "/api/v1/sessions/current")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


def test_short_lists_have_the_shape_of_every_list(unit: Any, officer_token: str, transport: Any) -> None:
    photo = Photo(id="p-1", kind="STAMP", url="", thumbnail_url="", state="pending", shared_with=0)
    transport.answer(ListPhotos, Photos(items=[photo]))
    transport.answer(GetTodos, Todos(items=[]))
    photos = unit.get("/api/v1/cylinders/c-1/photos").json()
    assert (photos["items"][0]["id"], photos["next_cursor"], photos["total"]) == ("p-1", None, 1)
    todos = unit.get("/api/v1/todos", headers={"Authorization": officer_token}).json()
    assert (todos["items"], todos["next_cursor"], todos["total"]) == ([], None, 0)


@pytest.fixture
def officer_token(token_of: Callable[..., str]) -> str:
    return f"Bearer {token_of('bureau')}"


@pytest.fixture
def officer(client: Any, officer_token: str) -> Any:
    client.headers["Authorization"] = officer_token
    return client


def test_a_page_of_the_review_shows_the_data_of_a_cylinder_beside_it(officer: Any, transport: Any) -> None:
    values = {"serial_no": "26-1", "row": "from the sheet", "volume_l": None}
    cylinder = ReviewCylinder(id="c-1", row=2, values=values, photos=[])
    transport.answer(OpenReviewPage, ReviewPage(page=1, version=3, seen=False, cylinders=[cylinder]))
    shown = officer.get(f"{OPEN}/a-1/review/pages/1").json()
    assert (shown["page"], shown["version"]) == (1, 3)
    assert shown["cylinders"][0]["serial_no"] == "26-1"
    assert shown["cylinders"][0]["row"] == 2
    assert shown["cylinders"][0]["values"] == values


def test_a_task_names_its_application(officer: Any, transport: Any) -> None:
    task = Task(
        application_id="a-1",
        application_no="SQ-1",
        unit_name="示例燃气公司",
        district_code="500103",
        step="acceptance",
        state="submitted",
        version=2,
        submitted_at=NOON,
        deadline=NOON,
        warned=0,
        overdue=False,
        cylinders=200,
    )
    transport.answer(ListTasks, Page[Task](items=[task], total=1))
    item = officer.get("/api/v1/tasks?step=acceptance").json()["items"][0]
    assert item["id"] == item["application_id"] == "a-1"
    assert officer.get("/api/v1/tasks?step=lunch").status_code == 422


def events_of(text: str) -> list[Any]:
    return [json.loads(line[len("data: ") :]) for line in text.splitlines() if line.startswith("data: ")]


def answers_one_by_one(*states: Any) -> Callable[[Any], Any]:
    left = list(states)

    def give(_: Any) -> Any:
        state = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(state, Exception):
            raise state
        return state

    return give


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_watch, "EVERY_S", 0.05)


def test_progress_is_told_at_each_change_and_ends_with_the_import(
    unit: Any, transport: Any, quick: None
) -> None:
    transport.answers[GetImport] = answers_one_by_one(
        running("queued", 0),
        running("running", 50),
        running("running", 50),
        AppError("UPSTREAM_TIMEOUT"),  # a service that is away for a moment
        running("running", 200),
        running("finished", 200),
    )
    answer = unit.get("/api/v1/imports/i-1/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    told = [(event["state"], event["progress"]["read"]) for event in events_of(answer.text)]
    assert told == [("queued", 0), ("running", 50), ("running", 200), ("finished", 200)]


def test_progress_that_is_refused_meanwhile_says_so_and_ends(unit: Any, transport: Any, quick: None) -> None:
    transport.answers[GetImport] = answers_one_by_one(running("running", 1), AppError("TOKEN_EXPIRED"))
    answer = unit.get("/api/v1/imports/i-1/events")
    assert "event: error" in answer.text
    assert events_of(answer.text)[-1]["code"] == "TOKEN_EXPIRED"


def test_progress_of_what_is_not_there_is_a_problem(unit: Any) -> None:
    answer = unit.get("/api/v1/imports/i-1/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_progress_ends_when_the_process_is_asked_to_stop(
    unit: Any, app: FastAPI, transport: Any, quick: None
) -> None:
    app.state.stopping.set()
    transport.answer(GetImport, running("running", 1))
    assert len(events_of(unit.get("/api/v1/imports/i-1/events").text)) == 1


def test_a_correction_passes_the_cells_as_typed_and_its_faults_come_back_by_column(
    unit: Any, transport: Any
) -> None:
    fault = FieldFault(field="volume_l", code="E05", message="公称容积“x”不是有效数字")
    transport.answer(EditCylinder, AppError("VALIDATION", errors=[fault]))
    answer = unit.request("PATCH", "/api/v1/cylinders/2097155", json={"values": {"volume_l": "x"}})
    assert (answer.status_code, answer.json()["errors"]) == (422, [fault.model_dump()])
    call = transport.asked[0].call
    assert (call.cylinder_id, call.values) == ("2097155", {"volume_l": "x"})
    assert unit.request("PATCH", "/api/v1/cylinders/1", json={"values": {}}).status_code == 422


def test_a_list_is_exported_with_the_filter_of_the_page(unit: Any, transport: Any) -> None:
    transport.answer(
        ExportCylinders, CylinderList(id="l-1", application_id="a-1", state="queued", created_at=NOON)
    )
    answer = unit.post(f"{OPEN}/a-1/cylinder-lists", json={"filter": {"has_photos": False}})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    call = transport.asked[0].call
    assert (call.ids, call.filter.has_photos) == (None, False)
    assert unit.post(f"{OPEN}/a-1/cylinder-lists", json={"filter": {"colour": "red"}}).status_code == 422

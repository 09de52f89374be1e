"""What is no workbook, no picture, no JSON, not one's own or too large is refused with its code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.e2e.checking import wait_for
from tests.e2e.client import Json, upload
from tests.e2e.importing import import_workbook, new_application, upload_workbook
from tests.e2e.journey import Journey
from tests.e2e.people import DISTRICT, People
from tests.e2e.photographing import JPEG
from tests.e2e.shortcuts import imported, opened, sheet

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

Make = Callable[..., Journey]
TEXT = "这不是工作簿。\n".encode() * 200
MB = 1 << 20


def test_a_text_file_as_a_workbook_fails_as_a_whole(new_journey: Make) -> None:
    journey = opened(new_journey())
    state = import_workbook(journey.unit, journey.application_id, TEXT)
    assert (state["state"], state["fault"]["code"], state["imported"]) == ("failed", "E40", 0)
    assert journey.unit.get(journey.application)["counts"]["cylinders"] == 0


def test_an_upload_of_another_application_or_none_is_not_found(new_journey: Make, people: People) -> None:
    mine, others = opened(new_journey()), opened(new_journey())
    foreign = upload_workbook(people.unit, others.application_id, sheet(others))
    for upload_id in (foreign, "0" * 32, "../../etc/passwd", "x"):
        body = {"upload_id": upload_id, "district_code": DISTRICT}
        refusal = people.unit.refusal("POST", f"{mine.application}/imports", body)
        assert (refusal.status, refusal.code) == (404, "NOT_FOUND"), upload_id


@pytest.mark.parametrize(
    ("file_name", "size", "code"),
    [("气瓶.xlsx", 201 * MB, "FILE_TOO_LARGE"), ("气瓶.xls", 1000, "FILE_TYPE"), ("气瓶.txt", 1000, "FILE_TYPE"),
     ("气瓶.xlsx", 0, "VALIDATION"), ("", 1000, "VALIDATION")],
)  # fmt: skip
def test_no_ticket_for_what_can_be_no_workbook(
    new_journey: Make, file_name: str, size: int, code: str
) -> None:
    journey = opened(new_journey())
    body = {"file_name": file_name, "size": size}
    assert journey.unit.refusal("POST", f"{journey.application}/import-tickets", body).code == code


@pytest.mark.parametrize(
    ("size", "content_type", "code"),
    [(11 * MB, JPEG, "FILE_TOO_LARGE"), (1000, "text/plain", "FILE_TYPE"), (-1, JPEG, "VALIDATION")],
)
def test_no_ticket_for_what_can_be_no_photo(
    new_journey: Make, size: int, content_type: str, code: str
) -> None:
    journey = opened(new_journey())
    body = {"items": [{"file_name": "1.jpg", "size": size, "content_type": content_type}]}
    assert journey.unit.refusal("POST", f"{journey.application}/photo-tickets", body).code == code


def test_the_storage_takes_no_more_than_the_ticket_says(new_journey: Make) -> None:
    journey = opened(new_journey())
    ticket = _ticket(journey, 1000)
    assert upload(ticket, "1.jpg", b"\xff" * 11 * MB, JPEG).status_code == 400


def test_a_photo_that_is_none_is_refused_with_a_reason(new_journey: Make) -> None:
    journey = imported(new_journey())
    cylinder = next(iter(journey.cylinders.values()))
    ticket = _ticket(journey, len(TEXT))
    assert upload(ticket, "1.jpg", TEXT, JPEG).is_success
    item = {"upload_id": ticket["upload_id"], "kind": "STAMP", "cylinder_ids": [cylinder]}
    [added] = journey.unit.send("POST", f"{journey.application}/photos", {"items": [item]})["items"]
    photos = wait_for(
        "the photo is checked",
        lambda: journey.unit.get(f"/api/v1/cylinders/{cylinder}/photos")["items"],
        lambda found: found[0]["state"] != "pending",
        60,
    )
    assert [(photo["id"], photo["state"]) for photo in photos] == [(added["photo_id"], "refused")]
    assert photos[0]["reason"]


def test_a_district_that_is_no_pilot_is_refused_before_anything_is_read(new_journey: Make) -> None:
    journey = opened(new_journey())
    upload_id = upload_workbook(journey.unit, journey.application_id, sheet(journey))
    body = {"upload_id": upload_id, "district_code": "500101"}
    refusal = journey.unit.refusal("POST", f"{journey.application}/imports", body)
    assert (refusal.status, refusal.code) == (422, "DISTRICT_NOT_PILOT")


@pytest.mark.parametrize("content", [b'{"category": "2300"', b"\xff\xfe", b"[]", b'"2300"', b"null", b""])
def test_a_body_that_is_no_json_object_is_told_so(people: People, content: bytes) -> None:
    response = people.unit.raw(
        "POST", "/api/v1/applications", content=content, headers={"Content-Type": "application/json"}
    )
    problem: Json = response.json()
    assert (response.status_code, problem["code"]) == (422, "VALIDATION")
    assert response.headers["content-type"] == "application/problem+json"


def test_a_body_of_five_megabytes_is_too_large(people: People) -> None:
    response = people.unit.raw("POST", "/api/v1/applications", json={"category": "2" * 5 * MB})
    assert (response.status_code, response.json()["code"]) == (413, "FILE_TOO_LARGE")


def test_a_file_that_is_no_pdf_is_not_checked(people: People) -> None:
    files = {"file": ("certificate.pdf", TEXT, "application/pdf")}
    response = people.visitor.raw("POST", "/api/v1/public/verifications", files=files)
    assert (response.status_code, response.json()["code"]) == (415, "FILE_TYPE")


def test_one_key_is_for_one_request(people: People, new_journey: Make) -> None:
    key = f"e2e-{new_journey().batch.run}"
    body = {"category": "2300", "registration_reason": "NEW"}
    first = people.unit.send("POST", "/api/v1/applications", body, key=key)
    assert people.unit.send("POST", "/api/v1/applications", body, key=key)["id"] == first["id"]
    other = {**body, "variety_group": "2310"}
    refusal = people.unit.refusal("POST", "/api/v1/applications", other, key=key)
    assert (refusal.status, refusal.code) == (422, "IDEMPOTENCY_CONFLICT")


def _ticket(journey: Journey, size: int) -> Json:
    body = {"items": [{"file_name": "1.jpg", "size": size, "content_type": JPEG}]}
    [ticket] = journey.unit.send("POST", f"{journey.application}/photo-tickets", body)["items"]
    found: Json = ticket
    return found


def test_a_repeated_request_for_a_ticket_is_for_the_same_upload(people: People, new_journey: Make) -> None:
    journey = new_journey()
    application = new_application(people.unit)["id"]
    key, address = f"e2e-{journey.batch.run}", f"/api/v1/applications/{application}/import-tickets"
    body = {"file_name": "气瓶.xlsx", "size": 1000}
    first = people.unit.send("POST", address, body, key=key)
    assert people.unit.send("POST", address, body, key=key)["upload_id"] == first["upload_id"]
    refusal = people.unit.refusal("POST", address, {**body, "size": 1001}, key=key)
    assert (refusal.status, refusal.code) == (422, "IDEMPOTENCY_CONFLICT")

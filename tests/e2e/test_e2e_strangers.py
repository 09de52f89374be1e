"""What is another's does not exist, and one person does one step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from tests.e2e.client import Json
from tests.e2e.conftest import Walked
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.shortcuts import accepted, imported, submitted
from tests.e2e.steps_bureau import find_task

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

Make = Callable[..., Journey]
OTHER_DISTRICT = "500107"

# Addresses below an application, an import, a cylinder and a certificate that only their own people see.
UNIT_READS = (
    "{application}",
    "{application}/cylinders",
    "{application}/completeness",
    "{application}/timeline",
    "{application}/imports",
    "{application}/documents",
    "/api/v1/imports/{import_id}",
    "/api/v1/imports/{import_id}/rows",
    "/api/v1/imports/{import_id}/error-workbook",
    "/api/v1/cylinders/{cylinder_id}/photos",
    "/api/v1/certificates/{certificate_id}",
    "/api/v1/certificates/{certificate_id}/file",
    "/api/v1/certificates/{certificate_id}/annex",
)
OFFICER_READS = (
    "{application}",
    "{application}/cylinders",
    "{application}/timeline",
    "{application}/review",
    "{application}/review/pages/1",
    "/api/v1/cylinders/{cylinder_id}/photos",
    "/api/v1/certificates/{certificate_id}",
    "/api/v1/certificates/{certificate_id}/file",
    "/api/v1/certificates/{certificate_id}/annex",
)
_SUBMISSION: Json = {"declared": True, "filled_by": "演示丁", "version": 1}
_PICTURE: Json = {"file_name": "1.jpg", "size": 1000, "content_type": "image/jpeg"}
_PASS: Json = {"step": "acceptance", "outcome": "pass", "opinion": "予以受理。", "version": 1}
_PHOTO: Json = {"upload_id": "0" * 32, "kind": "STAMP", "cylinder_ids": ["1"]}
UNIT_CHANGES: tuple[tuple[str, str, Json | None], ...] = (
    ("DELETE", "{application}", None),
    ("DELETE", "{application}/cylinders", {"filter": {}}),
    ("POST", "{application}/import-tickets", {"file_name": "气瓶.xlsx", "size": 1000}),
    ("POST", "{application}/imports", {"upload_id": "0" * 32, "district_code": "500103"}),
    ("POST", "{application}/photo-tickets", {"items": [_PICTURE]}),
    ("POST", "{application}/submission", _SUBMISSION),
    ("POST", "{application}/withdrawal", {"version": 1, "keep": False}),
    ("DELETE", "/api/v1/imports/{import_id}", None),
)  # fmt: skip
OFFICER_CHANGES: tuple[tuple[str, str, Json | None], ...] = (
    ("PUT", "{application}/review/pages/1", {"version": 1, "shown": [], "wrong": []}),
    ("POST", "{application}/review/completion", {}),
    ("POST", "{application}/decisions", _PASS),
    ("POST", "{application}/certificate", {"version": 1}),
)  # fmt: skip


def _address(template: str, journey: Journey) -> str:
    return template.format(
        application=journey.application,
        import_id=journey.import_id,
        cylinder_id=next(iter(journey.cylinders.values())),
        certificate_id=journey.certificate["id"],
    )


@pytest.mark.parametrize("template", UNIT_READS)
def test_another_unit_finds_nothing(template: str, walked: Walked, people: People) -> None:
    refusal = people["unit2"].refusal("GET", _address(template, walked.journey))
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "template", "body"), UNIT_CHANGES)
def test_another_unit_changes_nothing(
    method: str, template: str, body: Json | None, walked: Walked, people: People
) -> None:
    refusal = people["unit2"].refusal(method, _address(template, walked.journey), body)
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")


def test_another_unit_binds_no_photo_to_a_strange_cylinder(walked: Walked, people: People) -> None:
    body = {"items": [_PHOTO]}
    refusal = people["unit2"].refusal("POST", f"{walked.journey.application}/photos", body)
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")


def test_lists_of_another_unit_hold_nothing_of_it(walked: Walked, people: People) -> None:
    stranger = people["unit2"]
    ids = {each["id"] for each in stranger.pages("/api/v1/applications")}
    numbers = {each["number"] for each in stranger.pages("/api/v1/certificates")}
    assert walked.journey.application_id not in ids
    assert walked.journey.certificate["number"] not in numbers


@pytest.mark.parametrize("template", OFFICER_READS)
def test_an_officer_of_another_district_finds_nothing(template: str, walked: Walked, people: People) -> None:
    refusal = people["other_district"].refusal("GET", _address(template, walked.journey))
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "template", "body"), OFFICER_CHANGES)
def test_an_officer_of_another_district_changes_nothing(
    method: str, template: str, body: Json | None, walked: Walked, people: People
) -> None:
    refusal = people["other_district"].refusal(method, _address(template, walked.journey), body)
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")


def test_tasks_are_those_of_the_own_district(new_journey: Make, people: People) -> None:
    journey = submitted(new_journey())
    assert find_task(people["acceptance"], "acceptance", journey.application_id)
    others = {
        task["application_id"] for task in people["other_district"].pages("/api/v1/tasks", step="acceptance")
    }
    assert journey.application_id not in others


def test_whoever_accepted_neither_examines_nor_approves(people: People) -> None:
    one_for_all = People(people.stack, stand_ins={"acceptance": "other_district"})
    with closing(one_for_all):
        journey = accepted(Journey.start(one_for_all, count=3, faulty=0, district=OTHER_DISTRICT))
    officer = people["other_district"]
    version = officer.get(journey.application)["version"]
    body = {"step": "examination", "outcome": "pass", "opinion": "同意报审批。", "version": version}
    refusal = officer.refusal("POST", f"{journey.application}/decisions", body)
    assert (refusal.status, refusal.code) == (409, "SAME_PERSON")


def test_an_officer_without_the_step_and_an_administrator_decide_nothing(
    new_journey: Make, people: People
) -> None:
    journey = submitted(new_journey())
    body = {"step": "acceptance", "outcome": "pass", "opinion": "予以受理。", "version": 2}
    for name in ("examination", "admin", "unit"):
        refusal = people[name].refusal("POST", f"{journey.application}/decisions", body)
        assert (refusal.status, refusal.code) == (403, "FORBIDDEN"), name


def test_a_visitor_is_asked_to_sign_in(new_journey: Make, people: People) -> None:
    journey = imported(new_journey())
    refusal = people.visitor.refusal("GET", journey.application)
    assert (refusal.status, refusal.code) == (401, "TOKEN_EXPIRED")

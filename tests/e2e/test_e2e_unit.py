"""What a unit does beside the straight way: following, listing, deleting, documents, shared certificates."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.e2e.checking import wait_for
from tests.e2e.client import Json, upload
from tests.e2e.importing import counts, import_workbook, start_import
from tests.e2e.journey import Journey
from tests.e2e.photographing import JPEG
from tests.e2e.pictures import supervision_certificate
from tests.e2e.shortcuts import imported, opened, sheet
from tests.e2e.steps_unit import photos, photos_ready, submit

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

Make = Callable[..., Journey]


def test_the_progress_comes_as_events_that_end_with_the_import(new_journey: Make) -> None:
    journey = opened(new_journey(20))
    queued = start_import(journey.unit, journey.application_id, sheet(journey))
    stream = journey.unit.raw("GET", f"/api/v1/imports/{queued['id']}/events")
    states = [
        json.loads(line.removeprefix("data: "))
        for line in stream.text.split("\n\n")
        if line.startswith("data: ")
    ]
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert counts(states[-1]) == ("finished", 20, 0, 0)
    assert all(state["id"] == queued["id"] for state in states)
    read = [state["progress"]["read"] for state in states]
    assert read == sorted(read)


def test_cylinders_are_paged_sorted_and_found_by_number(new_journey: Make) -> None:
    journey = imported(new_journey(7))
    address = f"{journey.application}/cylinders"
    rows, cursor = [], None
    while True:
        page = journey.unit.get(address, limit=3, sort="serial_no", **({"cursor": cursor} if cursor else {}))
        assert page["total"] == 7
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [row["serial_no"] for row in rows] == sorted(journey.cylinders)
    assert [row["row"] for row in journey.unit.get(address)["items"]] == list(range(3, 10))
    one = journey.batch.rows[4]
    for number in (one["产品编号"], one["单位内编号"]):
        assert [row["serial_no"] for row in journey.unit.get(address, q=number)["items"]] == [one["产品编号"]]
    assert journey.unit.get(address, q="没有")["items"] == []
    assert journey.unit.refusal("GET", f"{address}?cursor=rubbish").code == "VALIDATION"


def test_a_deleted_cylinder_can_be_imported_again(new_journey: Make) -> None:
    journey = imported(new_journey())
    gone = next(iter(journey.cylinders.values()))
    assert journey.unit.send("DELETE", f"{journey.application}/cylinders", {"ids": [gone]}) == {"deleted": 1}
    again = import_workbook(journey.unit, journey.application_id, sheet(journey))
    assert counts(again) == ("finished", 1, 0, 2)


def test_an_entrusted_cylinder_needs_the_agreement_before_the_submission(new_journey: Make) -> None:
    journey = new_journey(2)
    rows = tuple({**row, "产权性质": "托管"} for row in journey.batch.rows)
    journey = imported(replace(journey, batch=replace(journey.batch, rows=rows)))
    photos(journey)
    missing = wait_for(
        "the photos are checked",
        lambda: _faults(journey),
        lambda found: "PHOTOS_PENDING" not in found and "PHOTO_MISSING" not in found,
    )
    assert set(missing) == {"DOCUMENT_MISSING"}
    paper = supervision_certificate("custody agreement", "SAMPLE")
    body = {"upload_id": _uploaded(journey, paper), "kind": "CUSTODY_AGREEMENT"}
    document = journey.unit.send("POST", f"{journey.application}/documents", body)
    missing = wait_for(
        "the document is checked", lambda: _faults(journey), lambda found: "PHOTOS_PENDING" not in found
    )
    assert missing == {}
    listed = journey.unit.get(f"{journey.application}/documents")["items"]
    assert [(each["id"], each["kind"], each["state"]) for each in listed] == [
        (document["id"], "CUSTODY_AGREEMENT", "ready")
    ]
    assert photos_ready(journey)
    assert submit(journey) == "submitted"


def test_one_certificate_serves_a_whole_lot_and_a_deleted_photo_is_missed_at_once(new_journey: Make) -> None:
    journey = imported(new_journey())
    ids = list(journey.cylinders.values())
    paper = supervision_certificate("the whole lot", journey.batch.run)
    item = {"upload_id": _uploaded(journey, paper), "kind": "SUPERVISION_CERT", "cylinder_ids": ids}
    [added] = journey.unit.send("POST", f"{journey.application}/photos", {"items": [item]})["items"]
    shown = wait_for(
        "the photo is ready",
        lambda: journey.unit.get(f"/api/v1/cylinders/{ids[0]}/photos")["items"],
        lambda found: found[0]["state"] != "pending",
    )
    assert [(photo["id"], photo["state"], photo["shared_with"]) for photo in shown] == [
        (added["photo_id"], "ready", 2)
    ]
    assert "CERT_MISSING" not in _faults(journey)
    journey.unit.send("DELETE", f"/api/v1/photos/{added['photo_id']}")
    assert _faults(journey)["CERT_MISSING"] == 3


@pytest.mark.parametrize(
    ("kind", "code"), [("STAMP", "STAMP_SINGLE"), ("SUPERVISION_CERT", "TOO_MANY_PHOTOS")]
)
def test_each_photo_is_answered_by_itself(new_journey: Make, kind: str, code: str) -> None:
    journey = imported(new_journey(2))
    ids = list(journey.cylinders.values())
    papers = [supervision_certificate(f"paper {number}", journey.batch.run) for number in range(5)]
    items: list[Json] = [
        {"upload_id": _uploaded(journey, paper), "kind": kind, "cylinder_ids": ids} for paper in papers
    ]
    items.append({"upload_id": "f" * 32, "kind": kind, "cylinder_ids": ids[:1]})
    results = journey.unit.send("POST", f"{journey.application}/photos", {"items": items})["items"]
    codes = [result.get("code") for result in results]
    good = None if kind == "SUPERVISION_CERT" else code
    assert codes[:5] == [good, good, good, good, code]
    assert codes[5] in {"NOT_FOUND", code}


def _faults(journey: Journey) -> dict[str, int]:
    faults = journey.unit.get(f"{journey.application}/completeness")["faults"]
    return {fault["code"]: fault["count"] for fault in faults}


def _uploaded(journey: Journey, content: bytes) -> str:
    wanted = {"items": [{"file_name": "1.jpg", "size": len(content), "content_type": JPEG}]}
    [ticket] = journey.unit.send("POST", f"{journey.application}/photo-tickets", wanted)["items"]
    assert upload(ticket, "1.jpg", content, JPEG).is_success
    return str(ticket["upload_id"])

"""The changes that lie beside the way of the guide, one after the other: with it, each of the system is made once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import psycopg
from kombu.connection import Connection
from kombu.messaging import Producer
from tests.e2e.checking import expect, require, wait_for
from tests.e2e.client import Client, Json, upload
from tests.e2e.importing import counts, follow_import, import_workbook, start_import
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS
from tests.e2e.photographing import JPEG
from tests.e2e.pictures import supervision_certificate
from tests.e2e.shortcuts import imported, sheet
from tests.e2e.steps_unit import photos, photos_ready, submit
from tests.e2e.workbook import fill_in
from tests.fixtures.processes import resting

from chassis.parked import PARKED, event_queues_of
from local_stack import Stack

CONSUMERS = ("importer", "attachments", "review")


def correct(journey: Journey) -> None:
    """One cell by hand, another one of each row by the same workbook again, then the list of all."""
    cylinder_id = next(iter(journey.cylinders.values()))
    journey.unit.send("PATCH", f"/api/v1/cylinders/{cylinder_id}", {"values": {"model": "YSP35.5-B"}})
    rows = [{**row, "产品标准": "GB/T 5842-2023"} for row in journey.batch.rows]
    book = fill_in(journey.template, rows)
    again = import_workbook(journey.unit, journey.application_id, book, journey.district)
    expect("rows that are there already", counts(again), ("finished", 0, 0, journey.count))
    update = journey.unit.send("POST", f"/api/v1/imports/{again['id']}/updates")
    expect("the update", follow_import(journey.unit, update["id"])["state"], "finished")
    journey.unit.send("POST", f"{journey.application}/cylinder-lists", {})


def cancel(journey: Journey) -> None:
    """An import that waits is called off."""
    with resting(journey.stack, "import-worker"):
        queued = start_import(journey.unit, journey.application_id, sheet(journey), journey.district)
        journey.unit.send("DELETE", f"/api/v1/imports/{queued['id']}")
    expect("the import", follow_import(journey.unit, queued["id"])["state"], "cancelled")


def attach(journey: Journey) -> None:
    """A document, and a photo that is thrown away and taken anew."""
    paper = supervision_certificate("custody agreement", "SAMPLE")
    wanted = {"items": [{"file_name": "1.jpg", "size": len(paper), "content_type": JPEG}]}
    [ticket] = journey.unit.send("POST", f"{journey.application}/photo-tickets", wanted)["items"]
    require("the storage takes the document", upload(ticket, "1.jpg", paper, JPEG).is_success)
    body = {"upload_id": ticket["upload_id"], "kind": "CUSTODY_AGREEMENT"}
    journey.unit.send("POST", f"{journey.application}/documents", body)
    photos(journey)
    first = next(iter(journey.cylinders.values()))
    shown = journey.unit.get(f"/api/v1/cylinders/{first}/photos")["items"]
    journey.unit.send("DELETE", f"/api/v1/photos/{shown[0]['id']}")


def delete_cylinder(journey: Journey) -> None:
    """The cylinder that lacks a photo leaves the draft."""
    serial, cylinder_id = next(iter(journey.cylinders.items()))
    journey.unit.send("DELETE", f"{journey.application}/cylinders", {"ids": [cylinder_id]})
    rows = tuple(row for row in journey.batch.rows if row["产品编号"] != serial)
    journey.batch = replace(journey.batch, rows=rows)
    journey.cylinders.pop(serial)


def cut_off_submission(journey: Journey) -> None:
    """A submission that nobody goes on with: the clock takes its seals back."""
    url = journey.stack.admin_url("review")
    row = (journey.application_id,)
    with psycopg.connect(url) as database:
        database.execute(
            "insert into submission (application_id, attempt, step, actor_id, actor_role, operation, form, touched_at) "
            "values (%s, 1, 'begun', 'review', 'service', 'cut off', '{}', now() - interval '1 hour')",
            row,
        )

        def step() -> str:
            found = database.execute("select step from submission where application_id = %s", row).fetchone()
            database.commit()
            return str(found and found[0])

        database.commit()
        wait_for("the attempt is undone", step, lambda found: found == "undone", 60)


def take_back(journey: Journey) -> None:
    """Submitted, taken back to a draft, and given up."""
    photos_ready(journey)
    submit(journey)
    version = journey.unit.get(journey.application)["version"]
    journey.unit.send("POST", f"{journey.application}/withdrawal", {"version": version, "keep": True})
    journey.unit.send("DELETE", journey.application)


def sign_out(journey: Journey) -> None:
    """The end of a session of its own."""
    stack = journey.stack
    with Client(stack.base_url, ACCOUNTS["unit2"], stack.demo_password) as client:
        client.sign_in()
        client.send("DELETE", "/api/v1/sessions/current")


def settle_dead_letters(journey: Journey) -> None:
    """In each consumer one is given back and another one thrown away."""
    admin = journey.people["admin"]
    for service in CONSUMERS:
        for method, end in (("POST", "/replay"), ("DELETE", "")):
            letter = _parked(journey.stack, service)
            wait_for("the letter is parked", partial(_letters, admin, service), _having(letter))
            admin.send(method, f"/api/v1/admin/dead-letters/{letter}{end}?service={service}")


def _having(letter: str) -> Callable[[set[str]], bool]:
    return lambda found: letter in found


def _letters(admin: Client, service: str) -> set[str]:
    page: Json = admin.get("/api/v1/admin/dead-letters", service=service)
    return {each["id"] for each in page["items"]}


def _parked(stack: Stack, service: str) -> str:
    """A letter about a thing of its own, which holds up nobody."""
    letter_id = str(uuid.uuid4())
    source, _, _ = event_queues_of(service)[0].removeprefix("evt-").partition("-")
    headers = {"type": "x.of_no_interest", "aggregate_id": f"x:{letter_id}", "sequence": 1}
    with Connection(stack.amqp_url, transport_options={"confirm_publish": True}) as connection:
        Producer(connection.default_channel).publish(
            {"source": source},
            routing_key=f"{event_queues_of(service)[0]}{PARKED}",
            headers={**headers, "actor_id": "x", "actor_role": "service", "x-attempt": 5},
            message_id=letter_id,
            serializer="json",
        )
    return letter_id


CHANGES: tuple[Callable[[Journey], None], ...] = (
    correct,
    cancel,
    attach,
    delete_cylinder,
    cut_off_submission,
    take_back,
    sign_out,
    settle_dead_letters,
)


def make_all(journey: Journey) -> Iterator[str]:
    """Begins with cylinders and makes one change after the other; gives the name of each."""
    imported(journey)
    for change in CHANGES:
        change(journey)
        yield change.__name__

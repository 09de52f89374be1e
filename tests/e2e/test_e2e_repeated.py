"""The same cylinders once more: 已在本批次, in another application, registered, and free again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.e2e.checking import wait_for
from tests.e2e.client import Client
from tests.e2e.conftest import Walked
from tests.e2e.importing import counts, error_rows, import_workbook, messages, new_application
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.shortcuts import imported, opened, sheet, submitted
from tests.e2e.steps_bureau import decide
from tests.e2e.steps_unit import submit

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

Make = Callable[..., Journey]


def test_into_the_same_application_every_row_is_already_there(new_journey: Make) -> None:
    journey = imported(new_journey())
    again = import_workbook(journey.unit, journey.application_id, sheet(journey))
    assert counts(again) == ("finished", 0, 0, 3)
    assert set(error_rows(journey.unit, again["id"]).values()) == {frozenset({"E29"})}
    assert journey.unit.get(journey.application)["counts"]["cylinders"] == 3


def test_into_another_application_every_row_names_the_one_that_has_it(new_journey: Make) -> None:
    journey = imported(new_journey())
    other = new_application(journey.unit)["id"]
    again = import_workbook(journey.unit, other, sheet(journey))
    assert counts(again) == ("finished", 0, 3, 0)
    told = messages(journey.unit, again["id"], "E28")
    assert len(told) == 3
    assert all(journey.application_no in text for text in told)


def test_another_unit_learns_only_that_it_is_taken(new_journey: Make, people: People) -> None:
    journey = imported(new_journey())
    stranger = people["unit2"]
    again = import_workbook(stranger, new_application(stranger)["id"], sheet(journey))
    told = messages(stranger, again["id"], "E28")
    assert (counts(again), len(told)) == (("finished", 0, 3, 0), 3)
    assert not any(journey.application_no in text for text in told)


def test_registered_cylinders_name_their_certificate_and_the_refused_one_is_free(
    walked: Walked, people: People
) -> None:
    journey = walked.journey
    number = journey.certificate["number"]

    def codes(client: Client) -> tuple[str, dict[str, int]]:
        again = import_workbook(client, new_application(client)["id"], sheet(journey))
        assert again["imported"] + again["failed"] == journey.count
        return again["id"], {each["code"]: each["count"] for each in again["codes"] if each["code"][0] == "E"}

    import_id, found = wait_for(
        "the cylinders are registered", lambda: codes(journey.unit), lambda got: "E28" not in got[1], 60
    )
    assert found == {"E10": journey.left}
    assert all(number in text for text in messages(journey.unit, import_id, "E10"))
    import_id, found = codes(people["unit2"])
    assert found == {"E10": journey.left, "E28": 1}, "the refused one was just imported by the first unit"
    assert not any(number in text for text in messages(people["unit2"], import_id, "E10"))


def test_a_rejection_frees_the_identities_for_everybody(new_journey: Make, people: People) -> None:
    journey = submitted(new_journey())
    state = decide(journey, "acceptance", "reject", reason_code="R01", confirm="作废该批次")
    assert state == "rejected"
    _becomes_free(journey, people["unit2"])


def test_a_withdrawal_frees_the_identities(new_journey: Make, people: People) -> None:
    journey = submitted(new_journey())
    version = journey.unit.get(journey.application)["version"]
    answer = journey.unit.send(
        "POST", f"{journey.application}/withdrawal", {"version": version, "keep": False}
    )
    assert answer["state"] == "withdrawn"
    _becomes_free(journey, people["unit2"])


def test_a_deleted_draft_frees_its_identities(new_journey: Make, people: People) -> None:
    journey = imported(new_journey())
    assert journey.unit.send("DELETE", journey.application)["state"] == "withdrawn"
    _becomes_free(journey, people["unit2"])


def test_taken_back_to_a_draft_nothing_is_free_and_it_can_be_submitted_again(
    new_journey: Make, people: People
) -> None:
    journey = submitted(new_journey())
    version = journey.unit.get(journey.application)["version"]
    answer = journey.unit.send(
        "POST", f"{journey.application}/withdrawal", {"version": version, "keep": True}
    )
    assert answer["state"] == "draft"
    again = import_workbook(people["unit2"], new_application(people["unit2"])["id"], sheet(journey))
    assert counts(again) == ("finished", 0, 3, 0)
    assert submit(journey) == "submitted"


def test_a_cancelled_or_empty_draft_holds_nothing(new_journey: Make) -> None:
    journey = opened(new_journey())
    assert journey.unit.get(journey.application)["counts"]["cylinders"] == 0
    refusal = journey.unit.refusal(
        "POST", f"{journey.application}/submission", {"declared": True, "filled_by": "演示丁", "version": 1}
    )
    assert refusal.code in {"INCOMPLETE", "STALE"}


def _becomes_free(journey: Journey, other: Client) -> None:
    """The same cylinders can be imported by somebody else, a moment later at the most."""

    def again() -> tuple[str, int, int, int]:
        return counts(import_workbook(other, new_application(other)["id"], sheet(journey)))

    wait_for("the cylinders are free", again, lambda found: found == ("finished", journey.count, 0, 0), 30)

"""The whole way of the user guide, and what the certificate at its end is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.certificate_check import check_signature
from tests.e2e.checking import StepFailed
from tests.e2e.conftest import Walked
from tests.e2e.demo import demo_facts
from tests.e2e.people import People
from tests.e2e.steps import STEPS
from tests.e2e.steps_public import check_pdf

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


def test_every_step_from_the_workbook_to_the_certificate_gives_what_it_must(walked: Walked) -> None:
    assert [step.name for step in walked.steps] == [name for name, _ in STEPS]
    assert len({fault.code for fault in walked.journey.batch.faults.values()}) >= 12
    assert walked.journey.certificate["count"] == walked.journey.left == 39


def test_the_demo_writes_what_the_interface_promises(walked: Walked) -> None:
    facts = json.loads(json.dumps(demo_facts(walked.journey, Path("certificate.pdf"))))
    assert set(facts) == {
        "base_url", "grpc_address", "accounts", "district_code", "application_id", "certificate_number",
        "verify_url", "pdf",
    }  # fmt: skip
    assert set(facts["accounts"]) == {
        "unit", "unit2", "acceptance", "examination", "approval", "issue", "other_district", "admin",
    }  # fmt: skip
    assert facts["verify_url"].startswith(f"{facts['base_url']}/verify/")


@pytest.mark.parametrize("name", ["unit", "unit2", "acceptance", "examination", "approval", "issue",
                                  "other_district", "admin"])  # fmt: skip
def test_every_account_of_the_demo_can_sign_in(people: People, name: str) -> None:
    assert people[name].account["username"] == people.login(name)["username"]


def test_a_changed_file_is_told_from_the_signed_one(walked: Walked, people: People) -> None:
    pdf = bytearray(walked.journey.pdf)
    place = pdf.index(b"stream\n") + 40
    pdf[place] ^= 1
    found = check_pdf(people.visitor, bytes(pdf))
    assert (found["intact"], found["ours"]) == (False, False)
    with pytest.raises(StepFailed):
        check_signature(bytes(pdf), people.stack.layout.signing / "ca.pem")


def test_an_unknown_token_is_not_found_as_page_and_as_data(people: People) -> None:
    refusal = people.visitor.refusal("GET", "/api/v1/public/verifications/no-such-token")
    assert (refusal.status, refusal.code) == (404, "NOT_FOUND")
    assert people.visitor.raw("GET", "/verify/no-such-token").status_code == 404

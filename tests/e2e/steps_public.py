"""What comes after the certificate: its file, its signature, and everybody who may verify it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import openpyxl
from tests.e2e.certificate_check import check_signature
from tests.e2e.checking import expect, require
from tests.e2e.client import Client, Json
from tests.e2e.journey import Journey
from tests.e2e.registry import Registry


def download(journey: Journey) -> str:
    """The unit downloads the PDF; its signature leads to the authority of this installation."""
    found = list(journey.unit.pages("/api/v1/certificates", application_id=journey.application_id))
    expect("certificates of the application", [each["id"] for each in found], [journey.certificate["id"]])
    journey.pdf = journey.unit.download(f"/api/v1/certificates/{journey.certificate['id']}/file")
    signer = check_signature(journey.pdf, journey.stack.layout.signing / "ca.pem")
    return f"{len(journey.pdf) // 1024} KB，{signer}"


def annex(journey: Journey) -> str:
    """气瓶基本信息汇总表 as a workbook: every cylinder but the wrong one."""
    file = journey.unit.download(f"/api/v1/certificates/{journey.certificate['id']}/annex")
    book = openpyxl.load_workbook(BytesIO(file), read_only=True)
    first: Any = book.worksheets[0]
    cells = {str(value) for row in first.iter_rows(values_only=True) for value in row if value is not None}
    serials = set(journey.cylinders)
    expect("cylinders left out of the annex", serials - cells, {journey.wrong_serial})
    return f"{len(serials & cells)} 只"


def verification(journey: Journey) -> str:
    """The address behind the QR code: a page for people, JSON for programs, no cylinder that is not covered."""
    visitor = journey.people.visitor
    page = visitor.raw("GET", journey.certificate["verify_url"])
    expect("the page's status", page.status_code, httpx.codes.OK)
    require("the page names the certificate", journey.certificate["number"] in page.text)
    facts = visitor.get(f"/api/v1/public/verifications/{journey.token}")
    _same_facts(journey, facts)
    for serial, included in ((journey.wrong_serial, False), (_covered(journey), True)):
        address = f"/api/v1/public/verifications/{journey.token}/cylinders"
        expect(f"{serial} is covered", visitor.get(address, serial_no=serial)["included"], included)
    return f"{facts['state']}，{facts['count']} 只"


def pdf_check(journey: Journey) -> str:
    """Anybody may have a PDF checked."""
    found = check_pdf(journey.people.visitor, journey.pdf)
    said = {name: found[name] for name in ("intact", "trusted", "ours", "latest", "number", "state")}
    good = dict.fromkeys(("intact", "trusted", "ours", "latest"), True)
    expect("the check", said, {**good, "number": journey.certificate["number"], "state": "valid"})
    return str(found["message"])


def check_pdf(visitor: Client, pdf: bytes) -> Json:
    """What the public check says of a file."""
    files = {"file": ("certificate.pdf", pdf, "application/pdf")}
    response = visitor.raw("POST", "/api/v1/public/verifications", files=files)
    require(f"the check answers, not {response.status_code} {response.text}", response.is_success)
    answer: Json = response.json()
    return answer


def by_grpc(journey: Journey) -> str:
    """Another province asks by number and by token."""
    number = str(journey.certificate["number"])
    with Registry(journey.stack.grpc_address) as registry:
        registry.wait_until_serving()
        for reply in (
            registry.ask("GetCertificate", number=number),
            registry.ask("VerifyCertificate", token=journey.token),
        ):
            expect("number and count by gRPC", (reply["number"], int(reply["count"])), (number, journey.left))
    return number


def _covered(journey: Journey) -> str:
    return next(serial for serial in journey.cylinders if serial != journey.wrong_serial)


def _same_facts(journey: Journey, facts: Json) -> None:
    certificate = journey.certificate
    wanted = (
        certificate["number"],
        certificate["unit_name"],
        journey.left,
        certificate["issued_on"],
        "valid",
    )
    names = ("number", "unit_name", "count", "issued_on", "state")
    expect("the public facts", tuple(facts[name] for name in names), wanted)

"""Calls of the certificate service: numbers, certificates, files, verification by token and by file."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.call import Call, Kind, Message, Page, PageRequest
from contracts.events import Claim
from contracts.files import Link
from contracts.moments import Moment

READERS = frozenset({"unit", "bureau", "municipal"})
VISITORS = frozenset({"gateway"})
State = Literal["pending", "valid", "superseded", "voided"]


class Holder(Message):
    """The using unit as frozen at the submission."""

    unit_id: str
    name: str
    credit_code: str
    use_place: str
    handler: str
    phone: str
    filled_on: date


class Issuer(Message):
    """The registration authority, the letters that it puts into numbers, and its credit code where it is known."""

    code: str
    name: str
    cert_code: str
    credit_code: str = Field(default="", pattern=r"^([0-9A-Z]{18})?$")


class Certificate(Message):
    """A certificate; ``verify_url`` is what its QR code holds. ``count`` is 设备数量（只）.

    ``failed``: the file could not be made; the number stays, and the clock has it tried again.
    """

    id: str
    application_id: str
    number: str
    state: State
    version: int
    unit_name: str
    variety_name: str
    authority_name: str
    issued_on: date
    count: int
    verify_url: str
    created_at: Moment
    failed: bool = False


class Verification(Message):
    """The public facts of a certificate, without personal data."""

    number: str
    unit_name: str
    variety: str
    count: int
    issued_on: date
    authority: str
    state: Literal["valid", "superseded", "voided"]
    state_name: str


class CylinderInCertificate(Message):
    """Whether a certificate covers a cylinder with this 产品编号, and how many of them."""

    serial_no: str
    included: bool
    count: int


class PdfCheck(Message):
    """The check of an uploaded PDF. The fields below ``state`` count once it is ``done``.

    ``intact``: not changed since it was signed; ``trusted``: signed by our own authority; ``ours``: the file is the
    one that was issued; ``latest``: the number has no newer version.
    """

    id: str
    state: Literal["queued", "done"]
    intact: bool = False
    trusted: bool = False
    ours: bool = False
    latest: bool = False
    number: str | None = None
    certificate_state: State | None = None
    message: str = ""


class CreateCertificate(Call[Certificate]):
    """Allocates a number and has the file made; repeated with the same ``certificate_id`` it answers the same one.

    ``snapshot`` and ``refused`` claim the objects of contracts.bulk; ``count`` is the number of cylinders left.
    """

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})
    kind: ClassVar[Kind] = "change"

    certificate_id: str
    application_id: str
    application_no: str
    variety_group: Literal["2310", "2320", "23T0"]
    holder: Holder
    issuer: Issuer
    snapshot: Claim
    refused: Claim
    count: int = Field(ge=1)
    refused_count: int = Field(ge=0)


class GetCertificate(Call[Certificate]):
    """One certificate of the caller's unit or authority."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = READERS

    certificate_id: str


class ListCertificates(Call[Page[Certificate]], PageRequest):
    """Certificates of the caller's unit or authority, the newest first."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str | None = None


class GetCertificateFile(Call[Link]):
    """The signed PDF, or the annex with all cylinders as xlsx. PREPARING while it is made."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = READERS

    certificate_id: str
    part: Literal["pdf", "annex"] = "pdf"


class FindCertificate(Call[Verification]):
    """The public facts by number, for other provincial systems (the gateway knows who asks). NOT_FOUND."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = VISITORS

    number: str = Field(max_length=40)


class VerifyToken(Call[Verification]):
    """The public facts by the token of the QR code. NOT_FOUND."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = VISITORS

    token: str = Field(max_length=64)


class FindCylinderInCertificate(Call[CylinderInCertificate]):
    """Whether one cylinder is in a certificate, by the certificate's token and the whole 产品编号."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = VISITORS

    token: str = Field(max_length=64)
    serial_no: str = Field(min_length=1, max_length=60)


class StartPdfCheck(Call[PdfCheck]):
    """Checks an uploaded PDF that lies at ``Storage.staging_key("certificate-checks", upload_id)``; it is not kept."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = VISITORS
    kind: ClassVar[Kind] = "change"

    upload_id: str = Field(pattern=r"^[0-9a-f]{32}$")


class GetPdfCheck(Call[PdfCheck]):
    """How the check ended."""

    service: ClassVar[str] = "certificate"
    callers: ClassVar[frozenset[str]] = VISITORS

    check_id: str

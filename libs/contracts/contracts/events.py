"""Every event of the product: who publishes it, who must consume it, what it says. Additive changes only."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Event


class Claim(BaseModel):
    """A claim check: bulk travels as an object in storage, named by its key and proved by its SHA-256."""

    model_config = ConfigDict(frozen=True)

    key: str
    sha256: str


class ApplicationEvent(Event):
    """Base of what review says of an application; its unit, district and authority travel with each event."""

    source: ClassVar[str] = "review"
    consumers: ClassVar[tuple[str, ...]] = ("importer", "attachments")

    unit_id: str


class ApplicationOpened(ApplicationEvent):
    """A draft exists; ``variety_group`` is one of 2310, 2320, 23T0 or not chosen yet."""

    type: ClassVar[str] = "application.opened"

    application_no: str
    registration_reason: Literal["NEW", "DESIGN_LIFE_REACHED"]
    variety_group: Literal["2310", "2320", "23T0"] | None = None


class ApplicationDistrictChanged(ApplicationEvent):
    """The district of a draft was chosen or changed."""

    type: ClassVar[str] = "application.district_changed"

    district_code: str
    authority_code: str


class ApplicationSubmitted(ApplicationEvent):
    """The application is frozen: snapshot what belongs to it. ``attempt`` numbers its submissions."""

    type: ClassVar[str] = "application.submitted"

    attempt: int
    cylinders_version: int
    district_code: str
    authority_code: str


class ApplicationReopened(ApplicationEvent):
    """撤回修改: back to a draft, nothing is released."""

    type: ClassVar[str] = "application.reopened"

    attempt: int


class ApplicationAccepted(ApplicationEvent):
    """受理 passed. The cylinders in ``refused`` (ids, one a line) are left out and their identities are free."""

    type: ClassVar[str] = "application.accepted"

    refused: Claim
    refused_count: int


class ApplicationExamined(ApplicationEvent):
    """审核 passed."""

    type: ClassVar[str] = "application.examined"


class ApplicationApproved(ApplicationEvent):
    """审批 passed."""

    type: ClassVar[str] = "application.approved"


class ApplicationCertified(ApplicationEvent):
    """The certificate can be downloaded: the cylinders that are not refused are registered under its number."""

    type: ClassVar[str] = "application.certified"

    certificate_id: str
    number: str


class ApplicationRejected(ApplicationEvent):
    """驳回（退件）: the batch is void, all identities are free."""

    type: ClassVar[str] = "application.rejected"

    step: Literal["acceptance", "examination", "approval"]
    reason_code: str


class ApplicationWithdrawn(ApplicationEvent):
    """The unit ended its application: all identities are free."""

    type: ClassVar[str] = "application.withdrawn"


class ImportFinished(Event):
    """An import ended; counts are rows."""

    source: ClassVar[str] = "importer"
    type: ClassVar[str] = "import.finished"
    consumers: ClassVar[tuple[str, ...]] = ("review",)

    import_id: str
    state: Literal["finished", "failed", "cancelled"]
    imported: int = 0
    failed: int = 0
    already: int = 0
    error_workbook: bool = False


class CylindersChanged(Event):
    """The cylinders of an application are now those of ``version``.

    ``cylinders`` claims a Parquet file of all of them: cylinder_id, serial_no, unit_serial_no. ``documents`` says how
    many cylinders need a document of each kind (CUSTODY_AGREEMENT, ASSESSMENT).
    """

    source: ClassVar[str] = "importer"
    type: ClassVar[str] = "cylinders.changed"
    consumers: ClassVar[tuple[str, ...]] = ("attachments", "review")

    version: int
    count: int
    cylinders: Claim
    variety_group: Literal["2310", "2320", "23T0"] | None = None
    documents: dict[str, int] = Field(default_factory=dict)


class CylindersSnapshotted(Event):
    """The frozen cylinders of a submission as Parquet, in import order, all columns of the template."""

    source: ClassVar[str] = "importer"
    type: ClassVar[str] = "cylinders.snapshotted"
    consumers: ClassVar[tuple[str, ...]] = ("attachments", "review")

    attempt: int
    snapshot: Claim
    count: int


class CylindersReleased(Event):
    """The identities of some or all cylinders of an application are free again."""

    source: ClassVar[str] = "importer"
    type: ClassVar[str] = "cylinders.released"
    consumers: ClassVar[tuple[str, ...]] = ("attachments", "review")

    all_of_it: bool
    count: int


class PhotoCount(BaseModel):
    """How many usable photos of each kind a cylinder has now (absolute numbers, so that a repeat does no harm)."""

    model_config = ConfigDict(frozen=True)

    cylinder_id: str
    stamp: int
    supervision_cert: int
    complete: bool


class PhotosChanged(Event):
    """Photos of some cylinders came, went or were refused."""

    source: ClassVar[str] = "attachments"
    type: ClassVar[str] = "photos.changed"
    consumers: ClassVar[tuple[str, ...]] = ("importer", "review")

    cylinders: tuple[PhotoCount, ...]


class PhotosSnapshotted(Event):
    """The frozen photos of a submission as Parquet: photo_id, cylinder_id, kind, sha256, width, height."""

    source: ClassVar[str] = "attachments"
    type: ClassVar[str] = "photos.snapshotted"
    consumers: ClassVar[tuple[str, ...]] = ("importer", "review")

    attempt: int
    snapshot: Claim
    count: int


class CertificateIssued(Event):
    """The signed file of a certificate can be downloaded."""

    source: ClassVar[str] = "certificate"
    type: ClassVar[str] = "certificate.issued"
    consumers: ClassVar[tuple[str, ...]] = ("review",)

    certificate_id: str
    number: str
    version: int
    count: int
    file: Claim


EVENTS: tuple[type[Event], ...] = (
    ApplicationOpened,
    ApplicationDistrictChanged,
    ApplicationSubmitted,
    ApplicationReopened,
    ApplicationAccepted,
    ApplicationExamined,
    ApplicationApproved,
    ApplicationCertified,
    ApplicationRejected,
    ApplicationWithdrawn,
    ImportFinished,
    CylindersChanged,
    CylindersSnapshotted,
    CylindersReleased,
    PhotosChanged,
    PhotosSnapshotted,
    CertificateIssued,
)

"""Calls of the import service: workbooks, imports, cylinders, and the seal of an application's cylinders."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.call import Call, Keeps, Kind, Message, Nothing, Page, PageRequest
from contracts.completeness import Completeness
from contracts.files import Link, UploadTicket
from contracts.identity import CodeName
from contracts.moments import Moment

UNIT = frozenset({"unit"})
READERS = frozenset({"unit", "bureau", "municipal"})
REVIEW = frozenset({"review"})
VISITORS = frozenset({"gateway", "unit", "bureau", "municipal", "admin"})


class Progress(Message):
    """How far an import is, in rows. ``seconds_left`` when that can be told; ``ahead`` counts imports before it."""

    total: int
    read: int
    checked: int
    inserted: int
    failed: int
    seconds_left: int | None = None
    ahead: int | None = None


class CodeCount(Message):
    """An error or warning code with how many rows have it; ``message`` is the text of the code."""

    code: str
    message: str
    count: int


class ImportFault(Message):
    """Why an import failed as a whole (E40–E49, or a registered error code)."""

    code: str
    message: str


class ImportState(Message):
    """An import. ``imported`` + ``failed`` + ``already`` is the number of rows read.

    ``updated`` of the imported rows corrected a cylinder that was here. ``updatable`` of the rows already here differ
    in other columns: :class:`UpdateByImport` takes them over; the import that does it names this one in ``updates``.
    """

    id: str
    application_id: str
    state: Literal["queued", "running", "finished", "failed", "cancelled"]
    district_code: str
    file_name: str
    progress: Progress
    imported: int
    failed: int
    already: int
    warned: int
    codes: list[CodeCount] = Field(default_factory=list)
    error_workbook: bool
    fault: ImportFault | None = None
    created_at: Moment
    finished_at: Moment | None = None
    updated: int = 0
    updatable: int = 0
    updates: str | None = None
    sha256: str | None = None
    account_id: str | None = None


class ImportRow(Message):
    """A row that was not imported: its number in the sheet, its codes, and its cells as typed by column name.

    ``differs``: it is here already, with other cells (one of ``updatable``).
    """

    row: int
    columns: list[str]
    codes: list[str]
    messages: list[str]
    values: dict[str, str]
    differs: bool = False


class Cylinder(Message):
    """An imported cylinder; ``photos`` counts usable ones, ``complete`` is 是否上传附件.

    ``stamps`` and ``supervision_certs`` are the photos by kind. ``values`` has the columns of the template as texts by
    code name, and ``warning_texts`` the sentences of ``warnings``: both only where they were asked for.
    """

    id: str
    row: int
    manufacturer_name: str
    serial_no: str
    manufacture_ym: str
    variety_name: str
    medium_name: str
    unit_serial_no: str
    qr_url: str
    photos: int
    complete: bool
    refused: bool = False
    warnings: list[str] = Field(default_factory=list)
    stamps: int = 0
    supervision_certs: int = 0
    values: dict[str, str | None] = Field(default_factory=dict)
    warning_texts: list[str] = Field(default_factory=list)


class CylinderFilter(Message):
    """``q`` is looked for at the beginning of 产品编号 and 单位内编号.

    ``manufacturer_name``, ``model`` and ``manufacture_ym`` are compared as they stand (the values of ImportFacts).
    """

    has_photos: bool | None = None
    q: str = Field(default="", max_length=60)
    manufacturer_name: str = Field(default="", max_length=200)
    model: str = Field(default="", max_length=100)
    manufacture_ym: str = Field(default="", max_length=20)


class Counts(Message):
    """Cylinders of an application, those with all photos, and those refused by the review."""

    cylinders: int = 0
    with_photos: int = 0
    refused: int = 0


class CylinderSheet(Message):
    """A cylinder with all its columns, where it belongs, and its neighbours in the order of import.

    ``open`` is whether the application may still change, ``editable`` whether this cylinder may be corrected.
    ``next_id`` begins again with the first when there is none behind.
    """

    application_id: str
    application_no: str
    open: bool
    editable: bool = False
    counts: Counts
    cylinder: Cylinder
    previous_id: str | None = None
    next_id: str | None = None


class ManyCounts(Message):
    """Counts by application id; an application that this service does not know (yet) is left out."""

    counts: dict[str, Counts]


class Variety(CodeName):
    """A variety that a user may choose, with its batch group."""

    group: str


class Deleted(Message):
    """How many cylinders were deleted."""

    deleted: int


class Sealed(Message):
    """The cylinders are frozen; ``cylinders_version`` is theirs."""

    cylinders_version: int
    count: int
    variety_group: Literal["2310", "2320", "23T0"]


class RequestWorkbookUpload(Call[UploadTicket]):
    """A ticket to upload a workbook. NOT_FOUND, WRONG_STATE, FILE_TYPE (.xlsx only), FILE_TOO_LARGE."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "request"

    application_id: str
    file_name: str = Field(min_length=1, max_length=200)
    size: int = Field(ge=1)


class StartImport(Call[ImportState]):
    """Queues the import of an uploaded workbook; the same upload again is the same import.

    NOT_FOUND, WRONG_STATE, DISTRICT_NOT_PILOT, DISTRICT_DIFFERS, FILE_TOO_LARGE.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "saga"
    timeout: ClassVar[float] = 15.0

    application_id: str
    upload_id: str = Field(max_length=64)
    district_code: str = Field(max_length=12)


class GetImport(Call[ImportState]):
    """One import."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    import_id: str


class ListImports(Call[Page[ImportState]], PageRequest):
    """The imports into one application, the newest first."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    application_id: str


class CancelImport(Call[ImportState]):
    """Cancels an import that waits or runs: nothing of it stays. WRONG_STATE when it has ended."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    import_id: str


class ListImportRows(Call[Page[ImportRow]], PageRequest):
    """Rows that were not imported, in the order of the sheet; with ``code`` only those that have it.

    ``already`` asks for the rows 已在本批次 alone, or for those that failed.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    import_id: str
    code: str | None = Field(default=None, max_length=8)
    already: bool | None = None


class GetErrorWorkbook(Call[Link]):
    """下载错误数据. NOT_FOUND when no row failed, PREPARING while it is being written."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    import_id: str


class GetTemplate(Call[Link]):
    """The template v1. PREPARING before it was written for the first time."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = VISITORS


class WorkbookColumn(Message):
    """A column of the template; a sheet may also name it by ``others``."""

    heading: str
    required: bool
    others: list[str] = Field(default_factory=list)


class WorkbookRules(Message):
    """What a workbook must be before a row of it is read: its size in bytes, rows, its sheet, its headings."""

    max_bytes: int
    max_rows: int
    sheet: str
    columns: list[WorkbookColumn]


class GetWorkbookRules(Call[WorkbookRules]):
    """The limits of today, for whoever checks a file before it is uploaded. The import decides by itself."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = VISITORS


class ListVarieties(Call[Page[Variety]]):
    """Varieties that may be chosen today."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = VISITORS


class ListMedia(Call[Page[CodeName]]):
    """Media that may be chosen today."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = VISITORS


class ListCylinders(Call[Page[Cylinder]], PageRequest):
    """Cylinders of an application. ``sort`` is ``row`` (the order of import) or ``serial_no``.

    ``with_values`` asks for ``values`` and ``warning_texts`` too.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str
    filter: CylinderFilter = Field(default_factory=CylinderFilter)
    sort: Literal["row", "serial_no"] = "row"
    with_values: bool = False


class GetCylinder(Call[CylinderSheet]):
    """One cylinder; its neighbours are the nearest ones that match ``filter``.

    NOT_FOUND, also for an officer while it is a draft's.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = READERS

    cylinder_id: str
    filter: CylinderFilter = Field(default_factory=CylinderFilter)


class DeleteCylinders(Call[Deleted]):
    """Deletes cylinders of a draft, by ids (at most 1000) or by filter; one of the two."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    application_id: str
    ids: list[str] | None = Field(default=None, max_length=1000)
    filter: CylinderFilter | None = None


class CountCylinders(Call[ManyCounts]):
    """Counts of several applications; those that are not the caller's are left out."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = READERS

    application_ids: list[str] = Field(max_length=200)


class CylindersChecked(Completeness):
    """``cylinders_version`` is the one that was looked at, 0 before the first import."""

    cylinders_version: int = 0


class CheckCylinders(Call[CylindersChecked]):
    """What the import service misses before a submission: NO_CYLINDERS, IMPORT_RUNNING."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = REVIEW

    application_id: str


class SealCylinders(Call[Sealed]):
    """Freezes the cylinders for one attempt to submit. IMPORT_RUNNING; WRONG_STATE for an attempt already undone.

    NOT_FOUND for an application never heard of; INCOMPLETE with ``faults`` when no cylinders are left.
    Repeatable: the same attempt again gives the same answer.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = REVIEW
    kind: ClassVar[Kind] = "change"

    application_id: str
    attempt: int


class UnsealCylinders(Call[Nothing]):
    """Undoes the seal of one attempt, also one that has not come yet."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = REVIEW
    kind: ClassVar[Kind] = "change"

    application_id: str
    attempt: int


class EditCylinder(Call[CylinderSheet]):
    """Corrects cells of a draft's cylinder by the rules of the import; photos stay, other cells too.

    ``values`` as typed, by column name; ``was`` what the person saw: STALE with ``current`` (the cells that are others
    by now) when somebody was quicker. VALIDATION with one fault per code (``field`` is the column), NOT_FOUND,
    WRONG_STATE, IMPORT_RUNNING while an import into the application waits or runs. Answers as GetCylinder does without
    a filter.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    cylinder_id: str = Field(max_length=64)
    values: dict[str, str] = Field(min_length=1, max_length=25)
    was: dict[str, str] = Field(default_factory=dict, max_length=25)


class UpdateByImport(Call[ImportState]):
    """用本文件更新这N只: the rows that are here and differ are taken over from the same workbook, photos stay.

    The same import again gives the same update. NOT_FOUND, WRONG_STATE when there is nothing to take over.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    import_id: str


class Fact(Message):
    """A value of a column in the sound rows of an import; ``near``: values that may mean the same."""

    value: str
    count: int
    near: list[str] = Field(default_factory=list)


class Facts(Message):
    """The most frequent values of one column; ``distinct`` counts all of them."""

    column: str
    heading: str
    distinct: int
    items: list[Fact]


class ImportFacts(Message):
    """制造单位, 型号 and 制造年月 of an import: a maker written in two ways would defeat the identity."""

    facts: list[Facts]


class GetImportFacts(Call[ImportFacts]):
    """The values to look over after an import. NOT_FOUND."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    import_id: str


class CylinderList(Message):
    """导出清单: a workbook with 系统编号, made by a job. ``count`` rows once it is ready."""

    id: str
    application_id: str
    state: Literal["queued", "ready"]
    count: int = 0
    created_at: Moment


class ExportCylinders(Call[CylinderList]):
    """导出清单 of an application: all cylinders, those of a filter, or those named (at most 1000).

    Imported again it corrects the cylinders of a draft, identity columns included. NOT_FOUND.
    """

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    application_id: str
    ids: list[str] | None = Field(default=None, max_length=1000)
    filter: CylinderFilter | None = None


class GetCylinderList(Call[CylinderList]):
    """How far a 导出清单 is. NOT_FOUND."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    list_id: str


class GetCylinderListFile(Call[Link]):
    """The workbook of a 导出清单. PREPARING while it is made, NOT_FOUND."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = UNIT

    list_id: str


class Holder(Message):
    """Who holds an identity, for the officers of the authority that E10 and E28 name.

    ``unit_name`` is empty while it can not be had.
    """

    application_id: str
    application_no: str
    unit_id: str
    unit_name: str = ""
    state: Literal["open", "sealed", "released"]
    certificate_number: str | None = None
    opened_at: Moment


class FindHolder(Call[Holder]):
    """The application that holds 制造单位 + 产品编号 + 制造年月, as typed. NOT_FOUND, VALIDATION."""

    service: ClassVar[str] = "importer"
    callers: ClassVar[frozenset[str]] = frozenset({"bureau", "municipal"})

    manufacturer_name: str = Field(max_length=200)
    serial_no: str = Field(max_length=100)
    manufacture_ym: str = Field(max_length=20)

"""Calls of the review service: applications from draft to certified, photo review, decisions, to-do counts."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.call import Call, Keeps, Kind, Message, Page, PageRequest
from contracts.completeness import Completeness
from contracts.moments import Moment

UNIT = frozenset({"unit"})
BUREAU = frozenset({"bureau"})
STAFF = frozenset({"bureau", "municipal"})
READERS = frozenset({"unit", "bureau", "municipal"})
VISITORS = frozenset({"gateway"})
"""The gateway itself, for whoever asks it without an account."""
Group = Literal["2310", "2320", "23T0"]
StepName = Literal["acceptance", "examination", "approval", "issue"]
Due = Literal["overdue", "today"]


class RunningClock(Message):
    """A deadline in working days: so many of them have begun, today included."""

    started_at: Moment
    deadline: Moment
    workdays: int
    used: int
    overdue: bool


class Application(Message):
    """An application as its readers see it. ``version`` counts its changes; ``actions`` are the caller's buttons.

    ``deadline`` is the end of the clock that runs, None when nobody waits. ``refused`` counts cylinders, ``cylinders``
    all of them since the submission. ``same_person`` tells a caller who may not take the next step why (only where one
    application is asked for): 受理, 审核 and 审批 are three people.
    """

    id: str
    application_no: str
    category: str
    registration_reason: str
    variety_group: Group | None
    state: str
    state_name: str
    version: int
    unit_id: str
    unit_name: str
    district_code: str | None
    authority_code: str | None
    created_at: Moment
    submitted_at: Moment | None = None
    deadline: Moment | None = None
    cylinders: int = 0
    refused: int = 0
    same_person: str = ""
    reject_reason_code: str | None = None
    certificate_id: str | None = None
    certificate_number: str | None = None
    actions: list[str] = Field(default_factory=list)


class ApplicationScope(Message):
    """What other services need to know of an application that they first hear of."""

    application_id: str
    application_no: str
    unit_id: str
    registration_reason: Literal["NEW", "DESIGN_LIFE_REACHED"]
    variety_group: Group | None
    state: str
    district_code: str | None
    authority_code: str | None
    unit_name: str = ""


class Todo(Message):
    """One line of 待办事项; ``overdue`` counts those past their deadline, ``due_today`` those whose last day it is."""

    step: StepName
    count: int
    overdue: int
    due_today: int = 0
    text: str


class OpenReviews(Message):
    """Photo reviews that were begun and not completed: how many, and how many of their cylinders were seen."""

    count: int = 0
    reviewed: int = 0
    cylinders: int = 0


class Todos(Message):
    """The lines of the caller's steps, in the order of the steps; ``authority`` has those of all steps."""

    items: list[Todo]
    authority: list[Todo] = Field(default_factory=list)
    reviews: OpenReviews = OpenReviews()


class Task(Message):
    """An application that waits for a step. ``warned`` is the highest warn percent reached, 0 for none.

    ``reviewed`` counts cylinders whose photos were seen, None until the pages of the review are laid out.
    """

    application_id: str
    application_no: str
    unit_name: str
    district_code: str
    step: StepName
    state: str
    version: int
    submitted_at: Moment
    deadline: Moment
    warned: int
    overdue: bool
    cylinders: int
    variety_group: Group | None = None
    clock: RunningClock | None = None
    reviewed: int | None = None
    review_completed: bool = False


class ReviewState(Message):
    """How far the photo review is; ``seen`` are page numbers from 1, ``wrong`` and ``reviewed`` count cylinders."""

    pages: int
    page_size: int
    seen: list[int]
    wrong: int
    completed: bool
    cylinders: int = 0
    photos: int = 0
    reviewed: int = 0


class WrongCylinder(Message):
    """错误（不予登记）: a cylinder with the first reason in the order of its photos, and its page of the review."""

    cylinder_id: str
    page: int
    serial_no: str | None
    unit_serial_no: str | None
    reason_code: str
    reason: str
    note: str = ""


class SafetyContact(Message):
    """安全管理人员, masked."""

    name: str
    mobile: str


class SubmittedForm(Message):
    """使用登记表 as it was frozen at the submission; names and numbers of people are masked."""

    unit_name: str
    credit_code: str
    address: str
    use_place: str
    postcode: str
    landline: str
    safety_department: str = ""
    safety_officers: list[SafetyContact] = Field(default_factory=list)
    filled_by: str
    filled_on: str


class ReviewPhoto(Message):
    """A photo below a cylinder with the verdict kept for it (default 正确)."""

    id: str
    kind: Literal["STAMP", "SUPERVISION_CERT"]
    url: str
    thumbnail_url: str
    verdict: Literal["correct", "wrong"] = "correct"
    reason_code: str | None = None
    note: str = ""


class ReviewCylinder(Message):
    """A cylinder of a page: its data as imported, and its photos. ``values`` has the columns of the snapshot."""

    id: str
    row: int
    values: dict[str, str | None]
    warnings: list[str] = Field(default_factory=list)
    photos: list[ReviewPhoto]


class ReviewPage(Message):
    """A page of the review; ``version`` is the page's own and counts its saves."""

    page: int
    version: int
    seen: bool
    cylinders: list[ReviewCylinder]


class WrongPhoto(Message):
    """错误: the photo (of one cylinder when it is named) with a reason; V99 needs a note."""

    photo_id: str
    reason_code: str
    note: str = Field(default="", max_length=600)
    cylinder_id: str | None = None


class PageSaved(Message):
    """What the review shows after 下一页; ``seen`` are the pages seen so far, ``wrong`` counts cylinders."""

    version: int
    seen: list[int]
    wrong: int


class Issuing(Message):
    """证书生成 has begun; the certificate is ready when the application is certified."""

    certificate_id: str


class TimelineEntry(Message):
    """One thing that happened: what, when, by whom (a masked name, empty for the system), with which words."""

    at: Moment
    action: str
    text: str
    by: str = ""
    opinion: str = ""
    reason_code: str | None = None


class Timeline(Message):
    """使用登记进度, the oldest first."""

    state: str
    state_name: str
    deadline: Moment | None = None
    clock: RunningClock | None = None
    entries: list[TimelineEntry]


class ProgressStep(Message):
    """提交, 受理, 审核, 审批 or 证书生成; ``at`` is when it was done, or when the application ended there."""

    name: str
    state: Literal["done", "current", "ended", "waiting"]
    at: Moment | None = None


class PublicProgress(Message):
    """使用登记进度 for anyone with the number and the end of the unit's code: no persons, no opinions."""

    application_no: str
    state: str
    state_name: str
    authority_name: str
    authority_phone: str
    deadline: Moment | None = None
    steps: list[ProgressStep]


class Reason(Message):
    """An entry of a list that officers choose from. ``step`` and ``outcome`` are those of a phrase for opinions."""

    code: str
    text: str
    step: StepName | None = None
    outcome: Literal["pass", "reject"] | None = None


class Reasons(Message):
    """A whole list, in its order."""

    items: list[Reason]


class OpenApplication(Call[Application]):
    """A new draft. VALIDATION for another category or a reason that the first version does not know."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "saga"

    category: str
    registration_reason: str
    variety_group: str | None = None


class GetApplication(Call[Application]):
    """One application of the caller's unit or authority."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str


class ListApplications(Call[Page[Application]], PageRequest):
    """Applications of the caller's unit or authority, the newest first; drafts are their unit's alone.

    ``search`` is part of the unit's name or of the application's number.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = READERS

    state: str | None = None
    search: str = Field(default="", max_length=60)
    variety_group: Group | None = None


class GetTimeline(Call[Timeline]):
    """信息查询 → 使用登记进度."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str


class FindProgress(Call[PublicProgress]):
    """信息查询 → 使用登记进度 without sign-in, once it was submitted. NOT_FOUND, the same for both faults.

    ``credit_code_tail`` is the last six characters of 统一社会信用代码, in capitals.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = VISITORS

    application_no: str = Field(min_length=1, max_length=40)
    credit_code_tail: str = Field(min_length=6, max_length=6)


class WithdrawApplication(Call[Application]):
    """Ends a draft or a submitted application; ``keep`` takes it back to a draft (撤回修改). STALE, WRONG_STATE.

    ``version`` may be left out for a draft.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "change"

    application_id: str
    version: int | None = None
    keep: bool = False


class GetCompleteness(Call[Completeness]):
    """Everything that is missing before the submission, at once."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = UNIT
    timeout: ClassVar[float] = 15.0

    application_id: str


class SubmitApplication(Call[Application]):
    """Submits a draft. INCOMPLETE with ``faults``, IMPORT_RUNNING, PHOTOS_PENDING, STALE, WRONG_STATE, VALIDATION."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = UNIT
    kind: ClassVar[Kind] = "saga"
    timeout: ClassVar[float] = 25.0

    application_id: str
    declared: bool
    filled_by: str = Field(max_length=40)
    version: int


class ChooseDistrict(Call[ApplicationScope]):
    """Sets the district of a draft of this unit. NOT_FOUND, WRONG_STATE, DISTRICT_NOT_PILOT, DISTRICT_DIFFERS.

    A district that was chosen may be changed only while ``may_change`` (nothing was imported yet).
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = frozenset({"importer"})
    kind: ClassVar[Kind] = "saga"
    timeout: ClassVar[float] = 10.0

    application_id: str
    unit_id: str
    district_code: str
    may_change: bool = False


class GetApplicationScope(Call[ApplicationScope]):
    """What a service asks on the first use of an application whose events have not come yet."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = frozenset({"importer", "attachments"})

    application_id: str


class GetTodos(Call[Todos]):
    """待办事项 of the caller's steps in its authority."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU


class ListTasks(Call[Page[Task]], PageRequest):
    """Applications that wait for a step in the caller's authority, the nearest deadline first.

    ``search`` is part of the unit's name or of the application's number.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU

    step: StepName
    search: str = Field(default="", max_length=60)
    variety_group: Group | None = None
    due: Due | None = None


class ListReasons(Call[Reasons]):
    """A list of the bureau: phrases for opinions, reasons of a rejection, or reasons of a wrong photo."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = READERS

    kind_of_list: Literal["opinion", "reject", "photo_verdict"]


class GetReview(Call[ReviewState]):
    """How far the photo review is. PREPARING."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = STAFF

    application_id: str


class ListWrongCylinders(Call[Page[WrongCylinder]], PageRequest):
    """错误（不予登记）, in the order of the review. A unit is told once its application was accepted."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = READERS

    application_id: str


class GetSubmittedForm(Call[SubmittedForm]):
    """What the unit declared of itself with a submitted application."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = STAFF

    application_id: str


class OpenReviewPage(Call[ReviewPage]):
    """A page with its photos; from now on its officer may save it. PREPARING, NOT_FOUND, WRONG_STATE."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"
    timeout: ClassVar[float] = 8.0

    application_id: str
    page: int = Field(ge=1)


class SaveReviewPage(Call[PageSaved]):
    """下一页: what was shown and is not wrong is correct.

    PAGE_NOT_OPENED, PHOTOS_UNSEEN, STALE, VALIDATION, WRONG_STATE, SAME_PERSON.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU
    kind: ClassVar[Kind] = "change"

    application_id: str
    page: int = Field(ge=1)
    version: int
    shown: list[str] = Field(max_length=1000)
    wrong: list[WrongPhoto] = Field(default_factory=list, max_length=1000)


class CompleteReview(Call[ReviewState]):
    """完成. UNSEEN_PAGES with ``pages``."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU
    kind: ClassVar[Kind] = "change"

    application_id: str


class Decide(Call[Application]):
    """A decision of 受理, 审核 or 审批.

    VALIDATION, FORBIDDEN, SAME_PERSON, STALE and WRONG_STATE with ``current``, UNSEEN_PAGES, NOTHING_TO_REGISTER.
    """

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU
    kind: ClassVar[Kind] = "saga"
    timeout: ClassVar[float] = 15.0

    application_id: str
    step: StepName
    outcome: Literal["pass", "reject"]
    opinion: str = Field(max_length=600)
    version: int
    reason_code: str | None = None
    note: str = Field(default="", max_length=600)
    confirm: str = Field(default="", max_length=40)


class IssueCertificate(Call[Issuing]):
    """证书生成 of an approved application; repeated it answers the same certificate."""

    service: ClassVar[str] = "review"
    callers: ClassVar[frozenset[str]] = BUREAU
    kind: ClassVar[Kind] = "saga"
    timeout: ClassVar[float] = 15.0

    application_id: str
    version: int

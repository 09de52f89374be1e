"""Calls of the identity service: sign-in, units, districts and authorities."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import Field

from contracts.call import ACCOUNTS, Call, Keeps, Kind, Message, Nothing, Page, PageRequest

ANYONE = frozenset({"gateway"})


class Account(Message):
    """Who is signed in."""

    id: str
    username: str
    role: str
    unit_id: str | None = None
    authority_code: str | None = None
    steps: list[str] = Field(default_factory=list)
    rights: list[str] = Field(default_factory=list)


class Session(Message):
    """The answer to a sign-in; ``expires_in`` in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str
    account: Account


class SafetyDepartment(Message):
    """安管部门."""

    name: str
    head: str
    phone: str


class SafetyOfficer(Message):
    """安全管理人员."""

    name: str
    mobile: str


class Unit(Message):
    """A using unit; ``version`` counts its changes."""

    id: str
    name: str
    credit_code: str
    district_code: str
    address: str
    use_place: str
    landline: str
    postcode: str
    safety_department: SafetyDepartment | None = None
    safety_officers: list[SafetyOfficer] = Field(default_factory=list)
    version: int


class CodeName(Message):
    """An entry of a code list."""

    code: str
    name: str


class District(CodeName):
    """A district that new applications may choose, with its authority of today."""

    pilot: bool
    authority_code: str


class Authority(CodeName):
    """A registration authority; ``cert_code`` goes into certificate numbers."""

    cert_code: str
    phone: str
    district_code: str
    pilot: bool


class Notice(Message):
    """A notice in a list; a pinned one stands first, an emergency on every page."""

    id: str
    title: str
    published_on: date
    pinned: bool
    emergency: bool


class NoticeText(Notice):
    """A notice with its text; an empty line parts paragraphs. ``until`` is the last day on which it is shown."""

    body: str
    until: date | None = None


class Captcha(Message):
    """A picture code: ``image`` is a PNG in Base64, ``expires_in`` in seconds. It is good once."""

    id: str
    image: str
    expires_in: int


class SignIn(Call[Session]):
    """Opens a session. AUTH_FAILED, ACCOUNT_LOCKED after 5 failures."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"

    username: str = Field(max_length=100)
    password: str = Field(max_length=200)
    address: str = Field(default="", max_length=64)


class RefreshSession(Call[Session]):
    """A new access token; a refresh token is good once."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"

    refresh_token: str = Field(max_length=200)


class EndSession(Call[Nothing]):
    """Signs out: no refresh token of the session that the access token names is good any more."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ACCOUNTS
    kind: ClassVar[Kind] = "change"


class GetMe(Call[Account]):
    """The caller's account."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ACCOUNTS


class AccountNames(Message):
    """User names by account id; an id that is no account's is not in it."""

    names: dict[str, str]


class NameAccounts(Call[AccountNames]):
    """What colleagues are called, for a page that says who was faster."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE

    ids: list[str] = Field(max_length=50)


class GetMyUnit(Call[Unit]):
    """The caller's unit."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"unit"})


class ChangeMyUnit(Call[Unit]):
    """Changes what a unit may change of itself. STALE when ``version`` is not the newest.

    The service checks all fields and answers VALIDATION with every fault at once, in Chinese; so no limits here.
    """

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"unit"})
    kind: ClassVar[Kind] = "change"

    address: str
    use_place: str
    landline: str
    postcode: str
    safety_department: SafetyDepartment
    safety_officers: list[SafetyOfficer]
    version: int


class GetUnit(Call[Unit]):
    """A unit, for services that freeze it into a form."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"review"})

    unit_id: str


class ListDistricts(Call[Page[District]]):
    """Districts that exist today; the pilot ones only when asked so."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE | ACCOUNTS

    pilot_only: bool = False


class ListAuthorities(Call[Page[Authority]]):
    """Authorities that act today."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE | ACCOUNTS


class GetAuthority(Call[Authority]):
    """The authority of a district today. DISTRICT_NOT_PILOT when ``must_be_pilot`` and it is none."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = frozenset({"review", "importer", "certificate"})

    district_code: str
    must_be_pilot: bool = False


class ListNotices(Call[Page[Notice]], PageRequest):
    """Notices of today: the pinned ones first, then the newest."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE | ACCOUNTS

    emergency_only: bool = False


class GetNotice(Call[NoticeText]):
    """One notice of today. NOT_FOUND."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE | ACCOUNTS

    notice_id: str = Field(max_length=64)


class Tries(Message):
    """How often somebody tried something; ``seconds_left`` until that is forgotten."""

    count: int
    seconds_left: int


class CountTries(Call[Tries]):
    """Adds tries of ``what`` by ``who`` (0: only looks). The first one opens a window; all are forgotten at its end."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"

    what: str = Field(min_length=1, max_length=40)
    who: str = Field(max_length=200)
    add: int = Field(ge=0, le=100)
    window_s: int = Field(ge=1, le=86_400)


class NewCaptcha(Call[Captcha]):
    """A new picture code. Only its picture leaves the service."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"


class CheckCaptcha(Call[Nothing]):
    """Uses a picture code up. CAPTCHA_REQUIRED when it is used or too old, VALIDATION when the answer differs."""

    service: ClassVar[str] = "identity"
    callers: ClassVar[frozenset[str]] = ANYONE
    kind: ClassVar[Kind] = "saga"
    keeps: ClassVar[Keeps] = "nothing"

    captcha_id: str = Field(max_length=64)
    answer: str = Field(max_length=40)

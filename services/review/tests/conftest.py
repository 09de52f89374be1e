"""What tests of the review service build on: a migrated database, storage, and peers that answer here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from chassis import context
from chassis.database import Database
from chassis.handlers import Handlers
from chassis.storage import Storage
from chassis.worker import Worker
from contracts import attachments, identity, importer
from contracts import certificate as certificates
from contracts.call import Call, Nothing
from contracts.completeness import Completeness
from contracts.moments import SHANGHAI
from review.application.tools import Tools
from review.service import handlers_of
from review.settings import ReviewSettings
from review.worker import kinds_of

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
UNIT = identity.Unit(
    id="unit-a",
    name="示例气体有限公司",
    credit_code="91500103MA5EXAMPL1",
    district_code="500103",
    address="重庆市渝中区示例路1号",
    use_place="重庆市渝中区示例路2号",
    landline="023-60000000",
    postcode="400010",
    safety_department=identity.SafetyDepartment(name="安全部", head="示例甲", phone="023-60000001"),
    safety_officers=[identity.SafetyOfficer(name="示例乙", mobile="13800000000")],
    version=1,
)


class Peers:
    """The other services as seen from here. ``refuse`` makes a kind of call fail; ``asked`` lists what was asked."""

    def __init__(self) -> None:
        self.unit = UNIT
        self.faults: dict[type, Completeness] = {}
        self.refuse: dict[type, list[BaseException]] = {}
        self.asked: list[tuple[Call[Any], str | None]] = []
        self.sealed = importer.Sealed(cylinders_version=7, count=7, variety_group="2320")

    def call(self, request: Call[Any], *, key: str | None = None, timeout: float | None = None) -> Any:
        """Answers like the real service; refused inside a transaction, like the real transport."""
        context.leave_process(request.method())
        context.seconds_left(timeout or request.timeout)
        assert request.kind == "query" or key, f"{request.method()} needs a key"
        self.asked.append((request, key))
        waiting = self.refuse.get(type(request), [])
        if waiting:
            raise waiting.pop(0)
        return self._answer(request)

    def count(self, kind: type) -> int:
        """How often a kind of call was asked."""
        return sum(isinstance(request, kind) for request, _ in self.asked)

    def _answer(self, request: Any) -> Any:
        if isinstance(request, identity.GetUnit):
            return self.unit.model_copy(update={"id": request.unit_id})
        if isinstance(request, identity.GetAuthority):
            code = f"AU-{request.district_code}"
            return identity.Authority(
                code=code, name="示例区市场监督管理局", cert_code="A03", phone="", pilot=True,
                district_code=request.district_code,
            )  # fmt: skip
        if isinstance(request, importer.CheckCylinders):
            return importer.CylindersChecked(
                **self._missing(request), cylinders_version=self.sealed.cylinders_version
            )
        if isinstance(request, attachments.CheckPhotos):
            return Completeness(**self._missing(request))
        if isinstance(request, importer.SealCylinders):
            return self.sealed
        if isinstance(request, attachments.LinkPhotos):
            return attachments.PhotoLinks(items=[_link(photo_id) for photo_id in request.photo_ids])
        if isinstance(request, certificates.CreateCertificate):
            return _certificate(request)
        return Nothing()

    def _missing(self, request: Call[Any]) -> dict[str, Any]:
        return self.faults.get(type(request), Completeness.of([])).model_dump()


def _link(photo_id: str) -> attachments.PhotoLink:
    address = f"https://photos.example.com/{photo_id}"
    return attachments.PhotoLink(photo_id=photo_id, url=address, thumbnail_url=f"{address}-small")


def _certificate(request: certificates.CreateCertificate) -> certificates.Certificate:
    return certificates.Certificate(
        id=request.certificate_id, application_id=request.application_id, number="瓶32渝A0300001(26)",
        state="pending", version=1, unit_name=request.holder.name, variety_name="焊接气瓶",
        authority_name=request.issuer.name, issued_on=NOW.date(), count=request.count,
        verify_url="https://example.com/verify/t", created_at=NOW,
    )  # fmt: skip


@pytest.fixture
def environment(migrated: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """The environment of a process of this service, its database migrated."""
    return migrated("review")


@pytest.fixture
def settings(environment: dict[str, str]) -> ReviewSettings:
    """The settings of a process."""
    return ReviewSettings.model_validate({name.lower(): value for name, value in environment.items()})


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """The database of a process."""
    made = Database(environment["DATABASE_URL"], "review", statement_ms=60_000)
    yield made
    made.engine.dispose()


@pytest.fixture
def peers() -> Peers:
    """The other services."""
    return Peers()


@pytest.fixture
def tools(database: Database, settings: ReviewSettings, peers: Peers) -> Tools:
    """What the use cases need, at a fixed moment."""
    return Tools(database, Storage(settings), peers, now=lambda: NOW)


@pytest.fixture
def handlers(tools: Tools) -> Handlers:
    """The table of calls."""
    return handlers_of(tools)


@pytest.fixture
def worker(tools: Tools, settings: ReviewSettings) -> Worker:
    """The review worker, to be stepped by ``do_next``."""
    return Worker(tools.database, settings.amqp_url.get_secret_value(), kinds_of(tools))

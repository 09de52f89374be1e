"""What tests of the review service build on: a migrated database, storage, callers, peers and a whole way."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from chassis import context
from chassis.database import Database
from chassis.handlers import Handlers, Headers
from chassis.handlers import Tools as AnswerTools
from chassis.storage import Storage
from chassis.tables import outbox
from chassis.tokens import Signer, Verifier
from chassis.worker import Worker
from contracts import attachments, identity, importer
from contracts import certificate as certificates
from contracts import review as calls
from contracts.bulk import CYLINDER_SNAPSHOT
from contracts.call import Call, Nothing
from contracts.completeness import Completeness
from contracts.errors import AppError
from contracts.event import Event
from contracts.events import CertificateIssued, Claim, CylindersSnapshotted, PhotosSnapshotted
from contracts.moments import SHANGHAI
from review.application.tools import Tools
from review.service import handlers_of
from review.settings import ReviewSettings
from review.worker import kinds_of

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
AUTHORITY = "AU-500103"
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
        if isinstance(request, importer.CheckCylinders | attachments.CheckPhotos):
            return self.faults.get(type(request), Completeness.of([]))
        if isinstance(request, importer.SealCylinders):
            return self.sealed
        if isinstance(request, attachments.LinkPhotos):
            return attachments.PhotoLinks(items=[_link(photo_id) for photo_id in request.photo_ids])
        if isinstance(request, certificates.CreateCertificate):
            return _certificate(request)
        return Nothing()


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


STEPS = ("acceptance", "examination", "approval", "issue")
WHO: dict[str, dict[str, Any]] = {
    "unit": {"role": "unit", "unit_id": "unit-a"},
    "unit-b": {"role": "unit", "unit_id": "unit-b"},
    "municipal": {"role": "municipal"},
    "all-steps": {"role": "bureau", "authority_code": AUTHORITY, "steps": list(STEPS)},
    "stranger": {"role": "bureau", "authority_code": "AU-500107", "steps": list(STEPS)},
    "acceptance-2": {"role": "bureau", "authority_code": AUTHORITY, "steps": ["acceptance"]},
    **{step: {"role": "bureau", "authority_code": AUTHORITY, "steps": [step]} for step in STEPS},
}


@dataclass
class Desk:
    """Asks calls as somebody, hands in events, and leads an application on its way."""

    handlers: Handlers
    tools: Tools
    settings: ReviewSettings
    worker: Worker
    sequences: dict[str, int] = field(default_factory=dict)

    def ask(self, who: str, request: Call[Any], key: str | None = None, seconds: float = 30) -> Any:
        """The typed reply, or the AppError as it crossed the bus."""
        deadline = int((time.time() + seconds) * 1000)
        headers = Headers(self._token(who), uuid.uuid4().hex, deadline, key or uuid.uuid4().hex)
        answering = AnswerTools(self.tools.database, Verifier(self.settings.public_keys_dir))
        body = request.model_dump(mode="json")
        envelope = self.handlers.answer(request.method(), body, headers, answering)
        if "error" in envelope:
            raise AppError.from_wire(envelope["error"])
        return request.reply_type().model_validate(envelope["result"])

    def refused(self, who: str, request: Call[Any], key: str | None = None) -> AppError:
        """The refusal that a call meets."""
        with pytest.raises(AppError) as caught:
            self.ask(who, request, key)
        return caught.value

    def hear(self, event: Event) -> None:
        """Takes an event as if it came over the bus, numbered in its stream."""
        stream = event.stream_id()
        self.sequences[stream] = self.sequences.get(stream, 0) + 1
        headers = {
            "type": event.type, "aggregate_id": stream, "sequence": self.sequences[stream],
            "actor_id": event.source, "actor_role": "service", "request_id": "r",
        }  # fmt: skip
        answering = AnswerTools(self.tools.database, Verifier(self.settings.public_keys_dir))
        self.handlers.take(event.source, event.model_dump(mode="json"), headers, answering)

    def told(self, type_: str) -> list[dict[str, Any]]:
        """The bodies of the events of one type that were written, oldest first."""
        with self.tools.database.reading() as session:
            query = select(outbox.c.body).where(outbox.c.routing_key == type_).order_by(outbox.c.id)
            return list(session.execute(query).scalars())

    def rows(self, query: Any) -> list[dict[str, Any]]:
        """Rows as dictionaries."""
        with self.tools.database.reading() as session:
            return [dict(row) for row in session.execute(query).mappings()]

    def _token(self, who: str) -> str:
        folder = self.settings.private_key_file.parent
        if who not in WHO:
            return Signer(who, folder / f"{who}.pem").as_service()
        return Signer("identity", folder / "identity.pem").sign({"sub": who, **WHO[who]}, 60)

    def draft(self, who: str = "unit", **more: Any) -> Any:
        """A new draft with a district."""
        opened = self.ask(who, calls.OpenApplication(category="2300", registration_reason="NEW", **more))
        chosen = calls.ChooseDistrict(
            application_id=opened.id, unit_id=WHO[who]["unit_id"], district_code="500103"
        )
        self.ask("importer", chosen)
        return self.ask(who, calls.GetApplication(application_id=opened.id))

    def submission(self, application: Any, **changes: Any) -> calls.SubmitApplication:
        """The request that submits it."""
        fields = {"declared": True, "filled_by": "示例丁", "version": application.version, **changes}
        return calls.SubmitApplication(application_id=application.id, **fields)

    def submitted(self, who: str = "unit") -> Any:
        """A submitted application, its pages not prepared."""
        application = self.draft(who)
        return self.ask(who, self.submission(application))

    def prepare(self, application: Any, cylinders: int = 7, attempt: int = 1) -> None:
        """Both snapshots come and the worker lays out the pages."""
        for event in self.snapshots(application, cylinders, attempt):
            self.hear(event)
        while self.worker.do_next():
            pass

    def snapshots(self, application: Any, cylinders: int, attempt: int) -> list[Event]:
        """The events of both snapshots, whose files lie in storage."""
        about: dict[str, Any] = {"application_id": application.id, "attempt": attempt}
        files = {"c": cylinder_file(cylinders), "p": photo_file(cylinders)}
        claims = {}
        for name, content in files.items():
            stored = self.tools.storage.put(f"tests/{application.id}/{attempt}/{name}", content, "x/y")
            claims[name] = Claim(key=stored.key, sha256=stored.sha256)
        return [
            CylindersSnapshotted(**about, snapshot=claims["c"], count=cylinders),
            PhotosSnapshotted(**about, snapshot=claims["p"], count=2 * cylinders),
        ]

    def ready(self, cylinders: int = 7) -> Any:
        """A submitted application whose pages are prepared."""
        application = self.submitted()
        self.prepare(application, cylinders)
        return application

    def save(self, application: Any, number: int, wrong: list[Any] | None = None, **more: Any) -> Any:
        """Opens a page and saves it."""
        who = more.pop("who", "acceptance")
        page = self.ask(who, calls.OpenReviewPage(application_id=application.id, page=number))
        shown = [photo.id for cylinder in page.cylinders for photo in cylinder.photos]
        fields = {"version": page.version, "shown": shown, "wrong": wrong or [], **more}
        return self.ask(who, calls.SaveReviewPage(application_id=application.id, page=number, **fields))

    def reviewed(self, wrong: tuple[str, ...] = ("s0",), cylinders: int = 7) -> Any:
        """A ready application whose review is completed, with these photos wrong."""
        application = self.ready(cylinders)
        state = self.ask("acceptance", calls.GetReview(application_id=application.id))
        for number in range(1, state.pages + 1):
            here = range((number - 1) * 6, min(number * 6, cylinders))
            marks = [
                calls.WrongPhoto(photo_id=photo, reason_code="V01")
                for photo in wrong
                if int(photo[1:]) in here
            ]
            self.save(application, number, marks)
        self.ask("acceptance", calls.CompleteReview(application_id=application.id))
        return application

    def decision(self, application: Any, step: str, outcome: str = "pass", **more: Any) -> calls.Decide:
        """The request of a decision."""
        fields = {"opinion": "同意", "version": application.version, **more}
        return calls.Decide(application_id=application.id, step=step, outcome=outcome, **fields)  # type: ignore[arg-type]

    def approved(self) -> Any:
        """An application that waits for its certificate."""
        application = self.reviewed()
        for step in ("acceptance", "examination", "approval"):
            application = self.ask(step, self.decision(application, step))
        return application

    def certified(self, application: Any, certificate_id: str) -> None:
        """The certificate's file is made."""
        claim = Claim(key="certificate/x.pdf", sha256="0" * 64)
        self.hear(
            CertificateIssued(
                application_id=application.id,
                certificate_id=certificate_id,
                number="瓶32渝A0300001(26)",
                version=1,
                count=6,
                file=claim,
            )
        )


@pytest.fixture
def desk(handlers: Handlers, tools: Tools, settings: ReviewSettings, worker: Worker) -> Desk:
    """Somebody to ask."""
    return Desk(handlers, tools, settings, worker)


def cylinder_file(count: int) -> bytes:
    """Cylinders c0, c1, … as the importer's snapshot has them."""
    columns: dict[str, Any] = {name: pa.array([None] * count, pa.string()) for name in CYLINDER_SNAPSHOT}
    columns["cylinder_id"] = pa.array([f"c{i}" for i in range(count)])
    columns["row"] = pa.array(range(3, count + 3), pa.int64())
    columns["serial_no"] = pa.array([f"N{i}" for i in range(count)])
    columns["product_name"] = pa.array(["液化石油气钢瓶"] * count)
    columns["warnings"] = pa.array([["W12"] if i == 0 else [] for i in range(count)], pa.list_(pa.string()))
    return _parquet(columns)


def photo_file(count: int) -> bytes:
    """A stamp s0, s1, … for each cylinder, and one certificate picture that serves all of them."""
    ids = [photo for i in range(count) for photo in (f"s{i}", "cert")]
    return _parquet(
        {
            "photo_id": pa.array(ids),
            "cylinder_id": pa.array([f"c{i}" for i in range(count) for _ in range(2)]),
            "kind": pa.array(["STAMP", "SUPERVISION_CERT"] * count),
            "sha256": pa.array(["0" * 64] * 2 * count),
            "width": pa.array([800] * 2 * count, pa.int32()),
            "height": pa.array([800] * 2 * count, pa.int32()),
        }
    )


def _parquet(columns: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()

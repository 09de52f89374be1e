"""A desk to ask at: calls as somebody, events, and a whole way of an application with real files."""

from __future__ import annotations

import io
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from chassis.handlers import Handlers, Headers
from chassis.handlers import Tools as AnswerTools
from chassis.tables import outbox
from chassis.tokens import Signer, Verifier
from chassis.worker import Worker
from contracts import review as calls
from contracts.bulk import CYLINDER_SNAPSHOT
from contracts.call import Call
from contracts.errors import AppError
from contracts.event import Event
from contracts.events import CertificateIssued, Claim, CylindersSnapshotted, PhotosSnapshotted
from review.application.tools import Tools
from review.settings import ReviewSettings

AUTHORITY = "AU-500103"
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
        return calls.Decide(application_id=application.id, step=step, outcome=outcome, **fields)  # type: ignore[arg-type]  # also wrong ones

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

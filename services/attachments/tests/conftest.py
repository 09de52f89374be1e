"""What tests of the attachments service build on: a migrated service, callers, cylinders, uploads, jobs."""

from __future__ import annotations

import io
import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from attachments.service import handlers_of
from attachments.settings import AttachmentsSettings
from attachments.tools import Tools
from attachments.worker import OTHERS, PHOTOS, with_tools
from chassis import handlers as chassis_handlers
from chassis.audit import Actor
from chassis.database import Database
from chassis.handlers import Headers
from chassis.storage import Storage
from chassis.tokens import Signer, Verifier
from chassis.worker import Worker
from contracts.call import Call
from contracts.errors import AppError
from contracts.event import Event
from contracts.events import ApplicationDistrictChanged, ApplicationOpened, Claim, CylindersChanged
from contracts.review import ApplicationScope, GetApplicationScope

ACTOR = Actor("u-1", "unit")


class Review:
    """A transport with a review service that knows some applications; what it was asked is kept."""

    def __init__(self) -> None:
        self.known: dict[str, ApplicationScope] = {}
        self.asked: list[str] = []

    def call(self, request: Any, **_: Any) -> Any:
        assert isinstance(request, GetApplicationScope)
        self.asked.append(request.application_id)
        if request.application_id not in self.known:
            raise AppError("NOT_FOUND")
        return self.known[request.application_id]


@pytest.fixture
def environment(migrated: Callable[[str], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a process of this service, its database migrated."""
    environment = migrated("attachments")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def settings(environment: dict[str, str]) -> AttachmentsSettings:
    """The settings of a process of this service."""
    return AttachmentsSettings()


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """The database of this service."""
    database = Database(environment["DATABASE_URL"], "attachments", statement_ms=60_000)
    yield database
    database.engine.dispose()


@pytest.fixture
def review() -> Review:
    """A review service that knows what a test tells it."""
    return Review()


@pytest.fixture
def tools(settings: AttachmentsSettings, database: Database, review: Review) -> Tools:
    """What the use cases work with."""
    return Tools(database, Storage(settings), review)


@pytest.fixture
def signer_of(settings: AttachmentsSettings) -> Callable[[str], Signer]:
    """The signer of any service."""

    def make(service: str) -> Signer:
        return Signer(service, settings.private_key_file.with_name(f"{service}.pem"))

    return make


@pytest.fixture
def token(signer_of: Callable[[str], Signer]) -> Callable[..., str]:
    """``token("unit", unit_id="unit-a")`` or ``token("review")``, a service that speaks for itself."""

    def make(kind: str, **claims: Any) -> str:
        if kind in {"unit", "bureau", "municipal", "admin"}:
            body = {"sub": f"{kind}-1", "role": kind, **claims}
            return signer_of("identity").sign(body, 600)
        return signer_of(kind).as_service()

    return make


@pytest.fixture
def ask(tools: Tools, settings: AttachmentsSettings, token: Callable[..., str]) -> Callable[..., Any]:
    """Makes a call as the chassis does, as the unit ``unit-a`` unless told otherwise; raises its refusal."""
    handlers, verifier = handlers_of(tools), Verifier(settings.public_keys_dir)

    def call(request: Call[Any], kind: str = "unit", key: str | None = None, **claims: Any) -> Any:
        claims = claims or ({"unit_id": "unit-a"} if kind == "unit" else {})
        headers = Headers(
            token(kind, **claims), "r-1", int((time.time() + 30) * 1000), key or uuid.uuid4().hex
        )
        answered = handlers.answer(
            request.method(),
            request.model_dump(mode="json"),
            headers,
            chassis_handlers.Tools(tools.database, verifier),
        )
        if "error" in answered:
            raise AppError.from_wire(answered["error"])
        return request.reply_type().model_validate(answered["result"])

    return call


@pytest.fixture
def hear(tools: Tools, settings: AttachmentsSettings) -> Callable[[Event], None]:
    """Hands over an event as the bus does, numbered in its stream."""
    handlers, verifier = handlers_of(tools), Verifier(settings.public_keys_dir)
    last: dict[str, Iterator[int]] = {}

    def take(event: Event) -> None:
        numbers = last.setdefault(event.stream_id(), itertools.count(1))
        headers = {
            "type": event.type,
            "aggregate_id": event.stream_id(),
            "sequence": next(numbers),
            "actor_id": "u-1",
            "actor_role": "unit",
        }
        service = chassis_handlers.Tools(tools.database, verifier)
        handlers.take(event.source, event.model_dump(mode="json"), headers, service)

    return take


@pytest.fixture
def application(hear: Callable[[Event], None]) -> Callable[..., str]:
    """Opens an application of a unit in the district 500103; gives its id."""

    def make(unit_id: str = "unit-a") -> str:
        application_id = uuid.uuid4().hex
        hear(
            ApplicationOpened(
                application_id=application_id,
                unit_id=unit_id,
                application_no="NO-1",
                registration_reason="NEW",
            )
        )
        hear(
            ApplicationDistrictChanged(
                application_id=application_id,
                unit_id=unit_id,
                district_code="500103",
                authority_code="CQ-YZ",
            )
        )
        return application_id

    return make


@pytest.fixture
def announced(tools: Tools) -> Callable[..., CylindersChanged]:
    """Stores a file of cylinders and gives the event that claims it."""

    def make(
        application_id: str, ids: list[int], version: int = 1, serials: str = "N{}", **documents: int
    ) -> CylindersChanged:
        names = ("cylinder_id", "serial_no", "unit_serial_no")
        columns = [[str(i) for i in ids], [serials.format(i) for i in ids], [f"U-{i}" for i in ids]]
        file = io.BytesIO()
        schema = pa.schema([(name, pa.string()) for name in names])
        pq.write_table(pa.table(columns, schema=schema), file)
        key = f"importer/cylinders/{application_id}/{version}.parquet"
        stored = tools.storage.put(key, file.getvalue(), "application/vnd.apache.parquet")
        return CylindersChanged(
            application_id=application_id,
            version=version,
            count=len(ids),
            cylinders=Claim(key=key, sha256=stored.sha256),
            documents=documents,
        )

    return make


@pytest.fixture
def worker(environment: dict[str, str], database: Database, tools: Tools) -> Worker:
    """A worker for every kind of job, to be stepped by ``do_next``."""
    return Worker(database, environment["AMQP_URL"], with_tools({**PHOTOS, **OTHERS}, tools))


@pytest.fixture
def run_all(worker: Worker) -> Callable[[], None]:
    """Does every job that waits."""

    def run() -> None:
        while worker.do_next():
            pass

    return run


@pytest.fixture
def draft(
    application: Callable[..., str],
    announced: Callable[..., CylindersChanged],
    hear: Callable[[Event], None],
    run_all: Callable[[], None],
) -> Callable[..., str]:
    """An open application with cylinders of these ids; gives its id."""

    def make(ids: list[int], unit_id: str = "unit-a", **documents: int) -> str:
        application_id = application(unit_id)
        hear(announced(application_id, ids, **documents))
        run_all()
        return application_id

    return make


@pytest.fixture(scope="session")
def jpeg() -> Callable[..., bytes]:
    """A picture of some size; another ``shade`` is another picture."""

    def make(size: tuple[int, int] = (800, 1000), shade: int = 90, file_format: str = "JPEG") -> bytes:
        file = io.BytesIO()
        Image.linear_gradient("L").resize(size).point(lambda value: (value + shade) % 256).convert(
            "RGB"
        ).save(file, file_format)
        return file.getvalue()

    return make


@pytest.fixture
def uploaded(ask: Callable[..., Any], tools: Tools) -> Callable[..., str]:
    """Asks for a ticket and puts a file (None: the browser never came) where the browser would; gives the upload."""
    from attachments import keys
    from contracts.attachments import RequestUploads, WantedUpload

    def make(
        application_id: str, content: bytes | None, content_type: str = "image/jpeg", name: str = "a.jpg"
    ) -> str:
        wanted = WantedUpload(file_name=name, size=1000, content_type=content_type)
        (ticket,) = ask(RequestUploads(application_id=application_id, items=[wanted])).items
        if content is not None:
            tools.storage.put(keys.staged(ticket.upload_id), content, content_type)
        return str(ticket.upload_id)

    return make


@pytest.fixture
def added(ask: Callable[..., Any], uploaded: Callable[..., str]) -> Callable[..., Any]:
    """Uploads a file and binds it as a photo to cylinders; gives the result and the upload's id."""
    from contracts.attachments import AddPhotos, NewPhoto

    def make(application_id: str, kind: Any, cylinder_ids: list[int], content: bytes | None) -> Any:
        upload_id = uploaded(application_id, content)
        new = NewPhoto(upload_id=upload_id, kind=kind, cylinder_ids=[str(i) for i in cylinder_ids])
        (result,) = ask(AddPhotos(application_id=application_id, items=[new])).items
        return SimpleNamespace(upload_id=upload_id, **result.model_dump())

    return make

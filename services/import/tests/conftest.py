"""What tests of the importer build on: the shipped tables, one sound row, batches of cells."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import polars as pl
import pytest
from sqlalchemy import text

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
from contracts.identity import Authority, GetAuthority
from contracts.importer import GetImport, ImportState, RequestWorkbookUpload, StartImport
from contracts.review import ApplicationScope, ChooseDistrict, GetApplicationScope
from importer.adapters import scopes
from importer.adapters.tables import scope as scope_table
from importer.adapters.workbook_file import ReaderLimits
from importer.adapters.workbook_reader import read_workbook
from importer.application.import_rows import NewImport, queue_import
from importer.application.tools import Tools
from importer.domain.cells import Cell
from importer.domain.columns import EXTRA_HEADINGS
from importer.domain.outcome import CheckedBatch
from importer.domain.references import References, references_on
from importer.domain.rules.kinds import KIND
from importer.domain.rules.rule_set import RuleSet
from importer.seeds import seeds_on
from importer.service import handlers_of
from importer.settings import ImporterSettings
from importer.worker import IMPORTS, SMALL, with_tools

TODAY = date(2026, 11, 24)
Row = Mapping[str, str | Cell | None]


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    """The shared test vectors; ``today`` in it is the clock of these tests."""
    path = Path(__file__).parent / "fixtures" / "importer_vectors.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert loaded["today"] == TODAY.isoformat()
    return loaded


@pytest.fixture(scope="session")
def today() -> date:
    """The day of the test vectors."""
    return TODAY


@pytest.fixture(scope="session")
def references() -> References:
    """The tables as they hold on the day of the test vectors."""
    return references_on(TODAY, seeds_on)


@pytest.fixture(scope="session")
def sound_row(references: References) -> Callable[..., dict[str, str | Cell | None]]:
    """A row without any fault: the examples of the template, with changes by code name."""
    examples = {column.code_name: column.example for column in references.columns}

    def make(**changes: str | Cell | None) -> dict[str, str | Cell | None]:
        return {**examples, **changes}

    return make


@pytest.fixture(scope="session")
def batch_of(references: References) -> Callable[..., pl.DataFrame]:
    """A batch as the reader gives it. A cell is its text, a Cell with a kind, or None."""
    names = [*(column.code_name for column in references.columns), *EXTRA_HEADINGS.values()]
    text_names = [name for name in names if name != "row_no"]

    def make(rows: list[Row], first_row: int = 3) -> pl.DataFrame:
        frame: dict[str, pl.Series] = {
            "row_no": pl.Series(range(first_row, first_row + len(rows)), dtype=pl.Int32),
            "sequence": pl.Series([str(row.get("row_no") or "") or None for row in rows], dtype=pl.String),
        }
        for name in text_names:
            cells = [row.get(name) for row in rows]
            texts = [cell.text if isinstance(cell, Cell) else cell for cell in cells]
            kinds = [cell.kind or None if isinstance(cell, Cell) else None for cell in cells]
            frame[name] = pl.Series([text or None for text in texts], dtype=pl.String)
            frame[KIND + name] = pl.Series(kinds, dtype=pl.UInt8)
        return pl.DataFrame(frame)

    return make


@pytest.fixture(scope="session")
def rule_set(references: References) -> Callable[..., RuleSet]:
    """The rules of a new application of welded cylinders, on the day of the test vectors."""

    def make(**changes: Any) -> RuleSet:
        settings: dict[str, Any] = {"today": TODAY, "registration_reason": "NEW", "batch_group": None}
        return RuleSet(references, **(settings | changes))

    return make


@pytest.fixture(scope="session")
def codes_of() -> Callable[[CheckedBatch], dict[int, list[str]]]:
    """The codes of every row that has some, as ``{row number: ["E05 nominal_pressure_mpa", …]}``."""

    def read(checked: CheckedBatch) -> dict[int, list[str]]:
        found = {
            row["row_no"]: [
                f"{code} {column}" for code, column in zip(row["codes"], row["columns"], strict=True)
            ]
            for row in checked.failed.to_dicts()
        }
        warned = {row["row_no"]: row["warnings"] for row in checked.ok.to_dicts() if row["warnings"]}
        return found | warned

    return read


@pytest.fixture
def workbook_file(tmp_path: Path, references: References) -> Callable[..., Path]:
    """An .xlsx made by openpyxl: headings, hints, then rows given by code name; any value that openpyxl takes."""

    def make(
        rows: list[Mapping[str, Any]], change: Callable[[Any], None] | None = None, hint: bool = True
    ) -> Path:
        book = openpyxl.Workbook()
        sheet: Any = book.active
        sheet.title = "气瓶信息"
        sheet.append([column.heading for column in references.columns])
        if hint:
            sheet.append([column.hint for column in references.columns])
        for row in rows:
            sheet.append([row.get(column.code_name) for column in references.columns])
        if change is not None:
            change(book)
        path = tmp_path / "气瓶.xlsx"
        book.save(path)
        return path

    return make


@pytest.fixture
def read_all(references: References) -> Callable[..., pl.DataFrame]:
    """All rows of a workbook as one frame."""

    def read(path: Path, **limits: Any) -> pl.DataFrame:
        with read_workbook(path, references, ReaderLimits(**limits)) as workbook:
            return pl.concat(list(workbook.batches()))

    return read


ACTOR = Actor("u-1", "unit")


@pytest.fixture
def environment(migrated: Callable[[str], dict[str, str]]) -> dict[str, str]:
    """The environment of a process of this service, its database migrated."""
    return migrated("importer")


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[Database]:
    """The database of a worker."""
    database = Database(environment["DATABASE_URL"], "importer", statement_ms=60_000)
    yield database
    database.engine.dispose()


@pytest.fixture
def application(database: Database) -> Callable[..., str]:
    """Opens an application; gives its id."""

    def make(unit: str = "unit-a", number: str = "NO-1", **more: Any) -> str:
        row = {
            "application_id": uuid.uuid4().hex, "unit_id": unit, "application_no": number,
            "registration_reason": "NEW", "district_code": "500103", "authority_code": "CQ-YZ",
            "authority_name": "渝中区市场监管局", "authority_phone": "023-60000001", **more,
        }  # fmt: skip
        with database.changing(ACTOR) as change:
            no = change.session.execute(scope_table.insert().values(**row).returning(scope_table.c.no))
            change.session.execute(
                text("insert into scope_counter (scope_no) values (:no)"), {"no": no.scalar_one()}
            )
        return str(row["application_id"])

    return make


@pytest.fixture(scope="session")
def numbered(sound_row: Callable[..., dict[str, Any]]) -> Callable[..., list[dict[str, Any]]]:
    """Sound rows with numbers and marks of their own."""

    def make(numbers: Iterable[int], **changes: Any) -> list[dict[str, Any]]:
        return [
            sound_row(
                serial_no=f"N{i}", unit_serial_no=f"U-{i}", hollow_code=f"H{i}", rfid_no=f"R{i}",
                qr_url=f"https://qr.example.com/{i}", **changes,
            )
            for i in numbers
        ]  # fmt: skip

    return make


class Peers:
    """A transport with a review and an identity service that know what a test tells them; keeps what was asked."""

    def __init__(self) -> None:
        self.known: dict[str, ApplicationScope] = {}
        self.pilots = {"500103": "CQ-YZ", "500105": "CQ-JB"}
        self.asked: list[Any] = []

    def call(self, request: Any, *, key: str | None = None, **_: Any) -> Any:
        self.asked.append(request)
        if isinstance(request, GetAuthority):
            return self._authority(request.district_code)
        if request.application_id not in self.known:
            raise AppError("NOT_FOUND")
        if isinstance(request, GetApplicationScope):
            return self.known[request.application_id]
        assert isinstance(request, ChooseDistrict)
        assert key, "a saga of another service needs a key"
        return self._choose(request)

    def _choose(self, request: ChooseDistrict) -> ApplicationScope:
        known = self.known[request.application_id]
        if request.district_code not in self.pilots:
            raise AppError("DISTRICT_NOT_PILOT")
        if known.district_code not in (None, request.district_code) and not request.may_change:
            raise AppError("DISTRICT_DIFFERS")
        district = {
            "district_code": request.district_code,
            "authority_code": self.pilots[request.district_code],
        }
        self.known[request.application_id] = known.model_copy(update=district)
        return self.known[request.application_id]

    def _authority(self, district_code: str) -> Authority:
        return Authority(
            code=self.pilots[district_code], name=f"虚构{district_code}市场监管局", cert_code="500103",
            phone="023-60000001", district_code=district_code, pilot=True,
        )  # fmt: skip


@pytest.fixture
def peers() -> Peers:
    """The other services."""
    return Peers()


@pytest.fixture
def settings(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ImporterSettings:
    """The settings of a process of this service."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return ImporterSettings()


@pytest.fixture
def tools(settings: ImporterSettings, database: Database, peers: Peers) -> Tools:
    """What the use cases work with, on the day of the test vectors."""
    return Tools(database, Storage(settings), peers, today=lambda: TODAY)


@pytest.fixture
def signer_of(settings: ImporterSettings) -> Callable[[str], Signer]:
    """The signer of any service."""

    def make(service: str) -> Signer:
        return Signer(service, settings.private_key_file.with_name(f"{service}.pem"))

    return make


@pytest.fixture
def token(signer_of: Callable[[str], Signer]) -> Callable[..., str]:
    """``token("unit", unit_id="unit-a")`` or ``token("review")``, a service that speaks for itself."""

    def make(kind: str, **claims: Any) -> str:
        if kind in {"unit", "bureau", "municipal", "admin"}:
            return signer_of("identity").sign({"sub": f"{kind}-1", "role": kind, **claims}, 600)
        return signer_of(kind).as_service()

    return make


@pytest.fixture
def ask(tools: Tools, settings: ImporterSettings, token: Callable[..., str]) -> Callable[..., Any]:
    """Makes a call as the chassis does, as the unit ``unit-a`` unless told otherwise; raises its refusal."""
    handlers, verifier = handlers_of(tools), Verifier(settings.public_keys_dir)

    def call(request: Call[Any], kind: str = "unit", key: str | None = None, **claims: Any) -> Any:
        claims = claims or ({"unit_id": "unit-a"} if kind == "unit" else {})
        until = int((time.time() + 30) * 1000)
        headers = Headers(token(kind, **claims), "r-1", until, key or uuid.uuid4().hex)
        service = chassis_handlers.Tools(tools.database, verifier)
        answered = handlers.answer(request.method(), request.model_dump(mode="json"), headers, service)
        if "error" in answered:
            raise AppError.from_wire(answered["error"])
        return request.reply_type().model_validate(answered["result"])

    return call


@pytest.fixture
def hear(tools: Tools, settings: ImporterSettings) -> Callable[[Event], None]:
    """Hands over an event as the bus does, numbered in its stream."""
    handlers, verifier = handlers_of(tools), Verifier(settings.public_keys_dir)
    last: dict[str, Iterator[int]] = {}

    def take(event: Event) -> None:
        headers = {
            "type": event.type, "aggregate_id": event.stream_id(), "actor_id": "u-1", "actor_role": "unit",
            "sequence": next(last.setdefault(event.stream_id(), itertools.count(1))),
        }  # fmt: skip
        service = chassis_handlers.Tools(tools.database, verifier)
        handlers.take(event.source, event.model_dump(mode="json"), headers, service)

    return take


@pytest.fixture
def drafted(peers: Peers) -> Callable[..., str]:
    """An application that review knows and this service has not heard of; gives its id."""

    def make(unit: str = "unit-a", number: str = "NO-1", state: str = "draft") -> str:
        application_id = uuid.uuid4().hex
        peers.known[application_id] = ApplicationScope(
            application_id=application_id, application_no=number, unit_id=unit, registration_reason="NEW",
            variety_group=None, state=state, district_code=None, authority_code=None,
        )  # fmt: skip
        return application_id

    return make


@pytest.fixture
def uploaded(ask: Callable[..., Any]) -> Callable[..., str]:
    """Uploads a workbook as a browser does; gives the id of the upload."""

    def make(application_id: str, path: Path, unit: str = "unit-a") -> str:
        size = path.stat().st_size
        wanted = RequestWorkbookUpload(application_id=application_id, file_name="气瓶.xlsx", size=size)
        ticket = ask(wanted, unit_id=unit)
        files = {"file": ("气瓶.xlsx", path.read_bytes())}
        httpx.post(ticket.url, data=ticket.fields, files=files, timeout=10).raise_for_status()
        return str(ticket.upload_id)

    return make


@pytest.fixture
def imported(
    ask: Callable[..., Any], uploaded: Callable[..., str], workbook_file: Callable[..., Path], run_all: Any
) -> Callable[..., ImportState]:
    """Brings rows into an application from upload to end, by calls; gives the import as its unit sees it."""

    def make(application_id: str, rows: list[dict[str, Any]], unit: str = "unit-a") -> ImportState:
        upload_id = uploaded(application_id, workbook_file(rows), unit)
        request = StartImport(application_id=application_id, upload_id=upload_id, district_code="500103")
        queued: ImportState = ask(request, unit_id=unit)
        run_all()
        state: ImportState = ask(GetImport(import_id=queued.id), unit_id=unit)
        return state

    return make


@pytest.fixture
def queued(database: Database, tools: Tools, workbook_file: Callable[..., Path]) -> Callable[..., uuid.UUID]:
    """Puts rows as a workbook into storage and queues its import; gives the import's id."""

    def make(application_id: str, rows: list[dict[str, Any]] | Path) -> uuid.UUID:
        path = rows if isinstance(rows, Path) else workbook_file(rows)
        import_id = uuid.uuid4()
        key = f"importer/workbooks/{import_id}.xlsx"
        size = tools.storage.put_file(key, path, "application/octet-stream").size
        with database.changing(ACTOR) as change:
            found = scopes.find(change.session, application_id)
            assert found is not None
            assert queue_import(change, found, NewImport(import_id, "500103", "气瓶.xlsx", size, key))
        return import_id

    return make


@pytest.fixture
def worker(environment: dict[str, str], database: Database, tools: Tools) -> Worker:
    """A worker for every kind of job, to be stepped by ``do_next``."""
    return Worker(database, environment["AMQP_URL"], with_tools({**IMPORTS, **SMALL}, tools))


@pytest.fixture
def run_all(worker: Worker) -> Callable[[], None]:
    """Does every job that waits."""

    def run() -> None:
        while worker.do_next():
            pass

    return run

"""The service, its worker, relay and clock as real processes on a real bus, with other services beside them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from tests.fixtures.processes import ready, until

from chassis.audit import Actor
from chassis.database import Database
from chassis.rpc import RpcClient
from contracts.errors import AppError
from contracts.events import ApplicationSubmitted, PhotoCount, PhotosChanged
from contracts.importer import (
    CheckCylinders,
    GetErrorWorkbook,
    GetImport,
    GetTemplate,
    ImportState,
    ListCylinders,
    RequestWorkbookUpload,
    SealCylinders,
    StartImport,
)
from importer.adapters.tables import counter
from importer.settings import ImporterSettings

Make = Callable[..., Any]
Process = subprocess.Popen[bytes]
PROGRAMS = Path(__file__).parent / "programs"
APPLICATION = "a-1"


class Processes:
    """Starts modules with the environment of the service; all are told to stop at the end."""

    def __init__(self, environment: dict[str, str], stack: Any, ending: ExitStack) -> None:
        self._environment, self._stack, self._ending = environment, stack, ending

    def start(self, *command: str) -> Process:
        """A process that is not waited for; pair it with ``wait``."""
        port = self._stack.ports.transient()
        own = {**self._environment, "PROCESS": "-".join(command), "HEALTH_PORT": str(port)}
        paths = {"PYTHONPATH": os.pathsep.join([str(PROGRAMS), *sys.path])}
        process = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **own, **paths})
        self._ending.callback(self._end, process)
        process.port = port  # type: ignore[attr-defined]  # for wait alone
        return process

    def start_ready(self, *commands: tuple[str, ...]) -> list[Process]:
        """Processes that are ready."""
        started = [self.start(*command) for command in commands]
        for process in started:
            until(lambda port=process.port: ready(port))  # type: ignore[attr-defined,misc]  # set by start
        return started

    @staticmethod
    def _end(process: Process) -> None:
        if process.poll() is None:
            process.terminate()
            assert process.wait(30) == 0


@contextmanager
def _processes(environment: dict[str, str], stack: Any) -> Iterator[Processes]:
    with ExitStack() as ending:
        yield Processes(environment, stack, ending)


@pytest.fixture
def processes(environment: dict[str, str], stack: Any) -> Iterator[Processes]:
    """Everything but the worker runs."""
    with _processes(environment, stack) as made:
        made.start_ready(
            ("importer_peers", "review"), ("importer_peers", "identity"), ("importer_peers", "attachments"),
            ("importer",), ("importer.clock",), ("chassis.relay",),
        )  # fmt: skip
        yield made


@pytest.fixture
def call(settings: ImporterSettings, signer_of: Make, token: Make) -> Iterator[Callable[..., Any]]:
    """Calls over the bus, as the unit ``unit-a`` or as a service."""
    url = settings.amqp_url.get_secret_value()
    clients = {
        "unit": RpcClient(url, signer_of("identity"), token=lambda: str(token("unit", unit_id="unit-a"))),
        "review": RpcClient(url, signer_of("review")),
        "gateway": RpcClient(url, signer_of("gateway")),
    }

    def make(request: Any, kind: str = "unit", key: str | None = None) -> Any:
        return clients[kind].call(request, key=key, timeout=30)  # whatever else the machine does

    yield make
    for client in clients.values():
        client.close()


@pytest.fixture
def start_import(call: Make, workbook_file: Make) -> Callable[..., ImportState]:
    """Uploads rows and starts their import over the bus."""

    def make(rows: list[dict[str, Any]]) -> ImportState:
        content = workbook_file(rows).read_bytes()
        wanted = RequestWorkbookUpload(application_id=APPLICATION, file_name="气瓶.xlsx", size=len(content))
        ticket = call(wanted, key=uuid.uuid4().hex)
        httpx.post(ticket.url, data=ticket.fields, files={"file": ("a.xlsx", content)}).raise_for_status()
        request = StartImport(application_id=APPLICATION, upload_id=ticket.upload_id, district_code="500103")
        state: ImportState = call(request, key=ticket.upload_id)
        assert call(request, key=ticket.upload_id) == state
        return state

    return make


def test_a_workbook_goes_its_way_through_real_processes(
    processes: Processes,
    call: Make,
    start_import: Make,
    numbered: Make,
    database: Database,
    events: Make,
    row_of: Make,
) -> None:
    processes.start_ready(("importer.worker",))
    rows = numbered(range(30))
    rows[4]["volume_l"] = "x"
    import_id = start_import(rows).id
    until(lambda: call(GetImport(import_id=import_id)).state == "finished")
    done = call(GetImport(import_id=import_id))
    assert (done.imported, done.failed, done.progress.read) == (29, 1, 30)
    until(lambda: _answered(lambda: call(GetErrorWorkbook(import_id=import_id))))
    book = httpx.get(call(GetErrorWorkbook(import_id=import_id)).url).content
    assert openpyxl.load_workbook(io.BytesIO(book))["气瓶信息"]["AC3"].value == "7"
    until(lambda: _answered(lambda: call(GetTemplate(), "gateway")))
    cylinders = call(ListCylinders(application_id=APPLICATION, limit=200))
    assert cylinders.total == 29
    told = [
        PhotoCount(cylinder_id=one.id, stamp=1, supervision_cert=1, complete=True) for one in cylinders.items
    ]
    _emit(database, "attachments", PhotosChanged(application_id=APPLICATION, cylinders=tuple(told)))
    until(lambda: row_of(counter)["complete"] == 29)
    assert call(CheckCylinders(application_id=APPLICATION), "review").complete
    seal = SealCylinders(application_id=APPLICATION, attempt=1)
    assert call(seal, "review", key="s").count == 29
    until(lambda: row_of(counter)["announced"] == 1)
    _emit(
        database,
        "review",
        ApplicationSubmitted(
            application_id=APPLICATION, unit_id="unit-a", attempt=1, cylinders_version=1,
            district_code="500103", authority_code="CQ-YZ",
        ),
    )  # fmt: skip
    until(lambda: events("cylinders.snapshotted"))


def test_an_import_whose_worker_is_killed_is_taken_over_by_another(
    processes: Processes, call: Make, start_import: Make, numbered: Make, events: Make, tools: Any
) -> None:
    first, second = processes.start_ready(("importer.worker",), ("importer.worker",))
    rows = numbered(range(12_000))
    rows[7]["volume_l"] = "x"
    import_id = start_import(rows).id
    holder = _holder(tools.database)
    (first if first.pid == holder else second).send_signal(signal.SIGKILL)
    assert call(GetImport(import_id=import_id)).state == "running"
    until(lambda: call(GetImport(import_id=import_id)).state == "finished", 60)
    done = call(GetImport(import_id=import_id))
    assert (done.imported, done.failed, done.already) == (11_999, 1, 0)
    assert call(ListCylinders(application_id=APPLICATION)).total == 11_999
    until(lambda: len(events("cylinders.changed")) == 1)
    assert len(events("import.finished")) == 1


def _holder(database: Database) -> int:
    """The process that does the import, as soon as one does: a quick machine is done in a second."""
    question = "select owner from job where kind = 'import' and state = 'running'"
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with database.engine.connect() as connection:
            owner = connection.exec_driver_sql(question).scalar_one_or_none()
        if owner:
            return int(owner.rsplit("-", 1)[1])
        time.sleep(0.01)
    raise AssertionError("nobody does the import")


def _answered(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except AppError as refusal:
        if refusal.code != "PREPARING":
            raise
        return False
    return True


def _emit(database: Database, service: str, event: Any) -> None:
    """Lets the relay of this service send an event of another."""
    other = Database(database.engine.url.render_as_string(False), service)
    with other.changing(Actor(service, "service")) as change:
        change.emit(event)
    other.engine.dispose()

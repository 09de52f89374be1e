"""The service, its relay, a worker and the clock as real processes on a real bus."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from tests.fixtures.processes import running, until

from attachments.settings import AttachmentsSettings
from chassis.rpc import RpcClient
from contracts.attachments import (
    AddPhotos,
    CheckPhotos,
    LinkPhotos,
    ListPhotos,
    NewPhoto,
    RequestUploads,
    SealPhotos,
    WantedUpload,
)
from contracts.errors import AppError

Make = Callable[..., Any]


@pytest.fixture
def processes(environment: dict[str, str], stack: Any) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The service, a worker and the clock."""
    modules = ("attachments", "attachments.worker", "attachments.clock")
    with ExitStack() as started:
        yield [
            started.enter_context(running(module, environment, stack.ports.transient())) for module in modules
        ]


@pytest.fixture
def call(settings: AttachmentsSettings, signer_of: Make, token: Make) -> Iterator[Callable[..., Any]]:
    """Calls over the bus, as the unit ``unit-a`` or as review."""
    url = settings.amqp_url.get_secret_value()
    clients = {
        "unit": RpcClient(url, signer_of("identity"), token=lambda: str(token("unit", unit_id="unit-a"))),
        "review": RpcClient(url, signer_of("review")),
    }

    def make(request: Any, kind: str = "unit", key: str | None = None) -> Any:
        return clients[kind].call(request, key=key)

    yield make
    for client in clients.values():
        client.close()


def test_a_photo_goes_its_way_through_real_processes(
    processes: list[subprocess.Popen[bytes]], draft: Make, jpeg: Make, call: Make
) -> None:
    application_id = draft([1])
    until(lambda: _answers(call, application_id))
    wanted = [WantedUpload(file_name="a.jpg", size=1000, content_type="image/jpeg")] * 2
    tickets = call(RequestUploads(application_id=application_id, items=wanted)).items
    items = []
    for ticket, kind in zip(tickets, ("STAMP", "SUPERVISION_CERT"), strict=True):
        fields = {**ticket.fields, "Content-Type": "image/jpeg"}
        httpx.post(ticket.url, data=fields, files={"file": ("a.jpg", jpeg())}, timeout=10).raise_for_status()
        items.append(
            NewPhoto.model_validate({"upload_id": ticket.upload_id, "kind": kind, "cylinder_ids": ["1"]})
        )
    results = call(AddPhotos(application_id=application_id, items=items), key="k-1").items
    until(lambda: {one.state for one in call(ListPhotos(cylinder_id="1")).items} == {"ready"})
    links = call(LinkPhotos(photo_ids=[one.photo_id for one in results]), "review").items
    assert all(httpx.get(one.thumbnail_url).status_code == 200 for one in links)
    assert len(links) == 2
    assert call(CheckPhotos(application_id=application_id), "review").complete
    seal = SealPhotos(application_id=application_id, attempt=1, cylinders_version=1)
    for _ in range(2):
        call(seal, "review", key="seal")


def _answers(call: Make, application_id: str) -> bool:
    try:
        return not call(CheckPhotos(application_id=application_id), "review").complete
    except AppError:
        return False


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_no_photo(
    environment: dict[str, str], stack: Any, draft: Make, added: Make, jpeg: Make, ask: Make, events: Make
) -> None:
    application_id, numbers = draft(list(range(1, 9))), range(1, 9)
    for number in numbers:
        for kind in ("STAMP", "SUPERVISION_CERT"):
            added(application_id, kind, [number], jpeg((1500, 2000), shade=number))
    own = {**os.environ, **environment, "HEALTH_PORT": str(stack.ports.transient())}
    victim = subprocess.Popen([sys.executable, "-m", "attachments.worker"], env=own)
    until(lambda: events("photos.changed"))
    victim.kill()
    victim.wait(10)
    with running("attachments.worker", environment, stack.ports.transient()):
        until(lambda: len(events("photos.changed")) == 16, 60)
    for number in numbers:
        assert [one.state for one in ask(ListPhotos(cylinder_id=str(number))).items] == ["ready"] * 2
    assert ask(CheckPhotos(application_id=application_id), "review").complete

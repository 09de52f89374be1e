"""The service, its worker and its clock as real processes on a real RabbitMQ."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.tokens import Signer
from contracts import review as calls
from contracts.errors import AppError
from review.adapters.tables import application
from review.settings import ReviewSettings


def until(happens: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (seen := happens()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.1)
    return seen


@contextmanager
def process(module: str, environment: dict[str, str], port: int) -> Iterator[None]:
    running = subprocess.Popen(
        [sys.executable, "-m", module], env={**environment, "HEALTH_PORT": str(port), "PROCESS": module}
    )
    try:
        until(lambda: ready(port))
        yield
    finally:
        running.terminate()
        assert running.wait(20) == 0


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def processes(environment: dict[str, str], stack: Any) -> Iterator[None]:
    with ExitStack() as running:
        for module in ("review", "review.worker", "review.clock"):
            running.enter_context(process(module, environment, stack.ports.transient()))
        yield


@pytest.mark.usefixtures("processes")
def test_the_processes_start_answer_and_stop(settings: ReviewSettings, database: Database) -> None:
    row = {
        "id": "a", "application_no": "CQ2026112400001", "category": "2300", "registration_reason": "NEW",
        "state": "draft", "version": 1, "unit_id": "unit-a", "unit_name": "示例气体有限公司",
    }  # fmt: skip
    with database.engine.begin() as connection:
        connection.execute(insert(application).values(**row))
    key = settings.private_key_file.with_name("importer.pem")
    client = RpcClient(settings.amqp_url.get_secret_value(), Signer("importer", key))
    scope = client.call(calls.GetApplicationScope(application_id="a"))
    assert (scope.application_no, scope.state) == ("CQ2026112400001", "draft")
    chosen = calls.ChooseDistrict(application_id="a", unit_id="unit-a", district_code="500103")
    with pytest.raises(AppError) as caught:  # the identity service does not run here
        client.call(chosen, key="k")
    assert caught.value.code == "UPSTREAM_UNAVAILABLE"
    client.close()

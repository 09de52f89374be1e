"""The service, its worker and its clock as real processes on a real RabbitMQ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import insert
from tests.fixtures.processes import running

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.tokens import Signer
from contracts import review as calls
from contracts.errors import AppError
from review.adapters.tables import application
from review.settings import ReviewSettings


@pytest.fixture
def processes(environment: dict[str, str], stack: Any) -> Iterator[None]:
    with ExitStack() as started:
        for module in ("review", "review.worker", "review.clock"):
            started.enter_context(running(module, environment, stack.ports.transient(), ready_s=60))
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

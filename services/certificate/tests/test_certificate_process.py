"""The service, its worker and its clock as real processes on a real RabbitMQ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.fixtures.processes import running, until

from certificate.settings import CertificateSettings
from chassis.rpc import RpcClient
from chassis.tokens import Signer
from contracts.certificate import (
    CreateCertificate,
    FindCertificate,
    FindCylinderInCertificate,
    GetPdfCheck,
    StartPdfCheck,
    Verification,
    VerifyToken,
)
from contracts.errors import AppError


@pytest.fixture
def processes(environment: dict[str, str], stack: Any, made_keys: Any) -> Iterator[None]:
    modules = ("certificate", "certificate.worker", "certificate.clock", "chassis.relay")
    with ExitStack() as started:
        for module in modules:
            started.enter_context(running(module, environment, stack.ports.transient(), ready_s=100))
        yield


@pytest.fixture
def client_of(settings: CertificateSettings) -> Iterator[Callable[[str], RpcClient]]:
    with ExitStack() as open_ones:

        def make(service: str) -> RpcClient:
            key = settings.private_key_file.with_name(f"{service}.pem")
            client = RpcClient(settings.amqp_url.get_secret_value(), Signer(service, key))
            open_ones.callback(client.close)
            return client

        yield make


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("processes")
def test_from_a_call_to_a_verified_certificate(
    client_of: Callable[[str], RpcClient],
    request_of: Callable[..., CreateCertificate],
    tools: Any,
    row_of: Any,
) -> None:
    review, gateway = client_of("review"), client_of("gateway")
    created = review.call(request_of(5), key="one", timeout=30)
    assert review.call(request_of(5), key="two", timeout=30).number != created.number
    token = created.verify_url.rpartition("/")[2]

    def verified() -> Verification | None:
        try:
            return gateway.call(VerifyToken(token=token), timeout=30)
        except AppError as refusal:
            if refusal.code != "NOT_FOUND":
                raise
            return None

    found = until(verified)
    assert (found.number, found.state) == (created.number, "valid")
    assert gateway.call(FindCertificate(number=created.number), timeout=30) == found
    assert gateway.call(FindCylinderInCertificate(token=token, serial_no="n5"), timeout=30).included

    check = gateway.call(StartPdfCheck(upload_id="0" * 32), key="check", timeout=30)
    answered = until(
        lambda: (got := gateway.call(GetPdfCheck(check_id=check.id), timeout=30)).state == "done" and got
    )
    assert "重新上传" in answered.message

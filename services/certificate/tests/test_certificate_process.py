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


def until(happens: Callable[[], Any], seconds: float = 100) -> Any:
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
def processes(environment: dict[str, str], stack: Any, made_keys: Any) -> Iterator[None]:
    modules = ("certificate", "certificate.worker", "certificate.clock", "chassis.relay")
    with ExitStack() as running:
        for module in modules:
            running.enter_context(process(module, environment, stack.ports.transient()))
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

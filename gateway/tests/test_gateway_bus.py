"""Both gateways as real processes on a real RabbitMQ, with a service of the chassis behind it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.storage import NotStoredError, Storage
from chassis.tokens import Signer
from contracts.registry import registry_pb2, registry_pb2_grpc
from gateway.api.pdf_staging import AREA, MOST_BYTES
from gateway.settings import HttpSettings

PROGRAMS = Path(__file__).parent / "programs"
CHANGE = {
    "address": "示例路1号",
    "use_place": "示例路1号",
    "landline": "",
    "postcode": "",
    "safety_department": {"name": "安全部", "head": "示例人", "phone": ""},
    "safety_officers": [{"name": "示例人", "mobile": ""}],
    "version": 1,
}


@dataclass
class Program:
    """A running process of the product."""

    process: subprocess.Popen[str]
    port: int
    printed: list[str] = field(default_factory=list)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=40)
        self.printed.append(out)
        return self.process.returncode


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def until(happens: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    """Starts a module with an environment; whatever is still running is stopped after the test."""
    running: list[Program] = []

    def begin(module: str, environment: dict[str, str], port: int = 0) -> Program:
        path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **environment, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        program = Program(process, port)
        running.append(program)
        until(lambda: process.poll() is not None or ready(int(environment["HEALTH_PORT"])))
        return program

    yield begin
    for program in running:
        if program.process.poll() is None:
            program.stop()


@pytest.fixture
def probes(
    service_environment: Any, start: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of the identity probe; both probes run."""
    monkeypatch.syspath_prepend(PROGRAMS)
    monkeypatch.setenv("SERVICE", "identity")  # the probe asks it also when it is only migrated
    from tests.fixtures.servers import run_migrations

    identity: dict[str, str] = service_environment("identity")
    certificate = service_environment("certificate", beside=identity)
    for environment in (identity, certificate):
        run_migrations("gateway_probe", environment)
        start("gateway_probe", environment)
    return identity


@pytest.fixture
def http(
    probes: dict[str, str], service_environment: Any, start: Callable[..., Program]
) -> tuple[Program, dict[str, str]]:
    environment = service_environment("gateway", beside=probes)
    port = free_port()
    environment |= {"HTTP_PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    program = start("gateway", environment, port)
    until(lambda: ready(port))
    return program, environment


@pytest.fixture
def token(probes: dict[str, str]) -> str:
    signer = Signer("identity", Path(probes["PRIVATE_KEY_FILE"]))
    return signer.sign({"sub": "a-1", "role": "unit", "unit_id": "u-1"}, 300)


@pytest.fixture
def browser(http: tuple[Program, dict[str, str]]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{http[0].port}", timeout=30) as client:
        until(lambda: client.get("/verify/known").status_code == 200)  # the probes are on the bus
        yield client


def test_the_way_through_the_gateway_to_a_service_and_back(
    browser: httpx.Client, token: str, http: tuple[Program, dict[str, str]]
) -> None:
    browser.headers["Authorization"] = f"Bearer {token}"
    me = browser.get("/api/v1/me", headers={"X-Request-Id": "r-1"}).json()
    assert (me["id"], me["role"], me["username"]) == ("a-1", "unit", "r-1")

    refusal = browser.get("/api/v1/units/me")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "STALE")
    assert (refusal.json()["current"], refusal.json()["by"]) == ("accepted", "a-1")

    def change(body: dict[str, Any], key: str) -> httpx.Response:
        return browser.put("/api/v1/units/me", json=body, headers={"Idempotency-Key": key})

    assert change(CHANGE, "k-1").json() == change(CHANGE, "k-1").json()
    assert change(CHANGE, "k-1").json() != change(CHANGE, "k-2").json()
    conflict = change({**CHANGE, "address": "示例路2号"}, "k-1")
    assert (conflict.status_code, conflict.json()["code"]) == (422, "IDEMPOTENCY_CONFLICT")

    slow = browser.get("/api/v1/districts")
    assert (slow.status_code, slow.json()["code"]) == (504, "UPSTREAM_TIMEOUT")
    nobody = browser.get("/api/v1/applications")
    assert (nobody.status_code, nobody.json()["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert nobody.headers["Retry-After"]

    program, _ = http
    assert program.stop() == 0
    assert '"request_id": "r-1"' in program.printed[0]
    assert '"route": "/verify/{token}"' in program.printed[0]
    assert token not in program.printed[0]
    assert "/verify/known" not in program.printed[0]


def test_a_pdf_is_put_into_storage_checked_and_removed(
    browser: httpx.Client, http: tuple[Program, dict[str, str]]
) -> None:
    def check(content: bytes) -> httpx.Response:
        return browser.post("/api/v1/public/verifications", files={"file": ("证书.pdf", content)})

    verdict = check(b"%PDF-1.7 " + b"x" * 3_000_000).json()
    assert (verdict["intact"], verdict["trusted"], verdict["state"]) == (True, False, "valid")
    storage = Storage(HttpSettings.model_validate({k.lower(): v for k, v in http[1].items()}))
    with pytest.raises(NotStoredError):
        storage.size(storage.staging_key(AREA, verdict["message"]))

    assert check(b"PK not a pdf").json()["code"] == "FILE_TYPE"
    assert check(b"").json()["code"] == "FILE_TYPE"
    assert check(b"%PDF-" + b"x" * MOST_BYTES).json()["code"] == "FILE_TOO_LARGE"
    assert check(b"%PDF-" + b"x" * (MOST_BYTES + (1 << 20))).status_code == 413
    assert browser.post("/api/v1/public/verifications", data={"file": "text"}).status_code == 422
    assert browser.post("/api/v1/public/verifications", content=b"%PDF-").status_code == 422


@pytest.fixture
def channel(
    probes: dict[str, str], service_environment: Any, start: Callable[..., Program]
) -> Iterator[grpc.Channel]:
    environment = service_environment("gateway", beside=probes)
    port = free_port()
    program = start("gateway.grpc_server", {**environment, "GRPC_PORT": str(port)}, port)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as made:
        grpc.channel_ready_future(made).result(20)
        yield made
    assert program.stop() == 0


def test_grpc_answers_other_systems(channel: grpc.Channel) -> None:
    registry: Any = registry_pb2_grpc.RegistryStub(channel)  # type: ignore[no-untyped-call]  # generated

    def known() -> bool:
        with contextlib.suppress(grpc.RpcError):
            registry.GetCertificate(registry_pb2.GetCertificateRequest(number="known"), timeout=5)
            return True
        return False

    until(known)
    certificate = registry.VerifyCertificate(registry_pb2.VerifyCertificateRequest(token="known"), timeout=5)
    assert (certificate.number, certificate.state, certificate.count) == ("瓶32渝A0100001(26)", "valid", 199)
    assert certificate.issued_on == "2026-11-24"
    assert certificate.unit_name == "gateway"  # the probe says who asked

    with pytest.raises(grpc.RpcError) as refused:
        registry.GetCertificate(registry_pb2.GetCertificateRequest(number="unknown"), timeout=5)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND

    health: Any = health_pb2_grpc.HealthStub(channel)
    wanted = health_pb2.HealthCheckRequest(service="pingzheng.registry.v1.Registry")
    serving = health_pb2.HealthCheckResponse.SERVING
    until(lambda: bool(health.Check(wanted, timeout=5).status == serving), 5)

    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    listed = next(reflection.ServerReflectionInfo(asked, timeout=5)).list_services_response.service
    assert "pingzheng.registry.v1.Registry" in {service.name for service in listed}


@pytest.mark.parametrize("module", ["gateway.__main__", "gateway.grpc_server"])
def test_no_gateway_shares_its_process_with_eventlet(module: str) -> None:
    code = f"import sys, {module}; assert not {{'eventlet', 'nameko'}} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)

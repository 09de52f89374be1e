"""Both gateways as real processes on a real RabbitMQ, with a service of the chassis behind it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tests.fixtures.processes import ready, until

from chassis.storage import NotStoredError, Storage
from chassis.tokens import Signer
from contracts.registry import registry_pb2, registry_pb2_grpc
from gateway.api.pdf_staging import AREA, MOST_BYTES
from gateway.settings import HttpSettings
from local_stack.isolation import fresh_environment

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


class Program:
    """A running process of the product; ``printed`` is there once it was stopped."""

    def __init__(self, module: str, environment: dict[str, str]) -> None:
        path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
        self._health_port = int(environment["HEALTH_PORT"])
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **environment, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.printed = ""

    def wait_until_ready(self) -> None:
        until(lambda: self._process.poll() is not None or ready(self._health_port))

    def stop(self) -> int:
        """Its exit code; a program that was stopped already says it again."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self.printed, _ = self._process.communicate(timeout=40)
        return self._process.returncode


@dataclass(frozen=True)
class System:
    """Both gateways and what stands behind them, on a virtual host of its own."""

    http: Program
    grpc: Program
    http_port: int
    grpc_port: int
    environment: dict[str, str]
    """The HTTP gateway's."""


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def probes(servers: Any) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The environments of the two probes, with migrated databases on one virtual host."""
    from tests.fixtures.servers import run_migrations

    with pytest.MonkeyPatch.context() as patched, contextlib.ExitStack() as made:
        patched.syspath_prepend(PROGRAMS)
        patched.setenv("SERVICE", "identity")  # the probe asks it also when it is only migrated
        identity = made.enter_context(fresh_environment(servers.stack, "identity"))
        certificate = made.enter_context(fresh_environment(servers.stack, "certificate", identity))
        for environment in (identity, certificate):
            run_migrations("gateway_probe", environment)
        yield identity, certificate


@pytest.fixture(scope="module")
def system(servers: Any, probes: tuple[dict[str, str], dict[str, str]]) -> Iterator[System]:
    http_port, grpc_port = free_port(), free_port()
    with contextlib.ExitStack() as made:
        own = made.enter_context(fresh_environment(servers.stack, "gateway", probes[0]))
        http = own | {"HTTP_PORT": str(http_port), "BASE_URL": f"http://127.0.0.1:{http_port}"}
        for_grpc = made.enter_context(fresh_environment(servers.stack, "gateway", probes[0]))
        programs = [Program("gateway_probe", environment) for environment in probes]
        programs.append(Program("gateway", http))
        programs.append(Program("gateway.grpc_server", for_grpc | {"GRPC_PORT": str(grpc_port)}))
        for program in programs:
            made.callback(program.stop)
        for program in programs:
            program.wait_until_ready()
        yield System(programs[2], programs[3], http_port, grpc_port, http)


@pytest.fixture
def token(probes: tuple[dict[str, str], dict[str, str]]) -> str:
    signer = Signer("identity", Path(probes[0]["PRIVATE_KEY_FILE"]))
    return signer.sign({"sub": "a-1", "role": "unit", "unit_id": "u-1"}, 300)


@pytest.fixture
def browser(system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{system.http_port}", timeout=30) as client:
        until(lambda: client.get("/verify/known").status_code == 200)  # the probes are on the bus
        yield client


def test_the_way_through_the_gateway_to_a_service_and_back(browser: httpx.Client, token: str) -> None:
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


def test_a_pdf_is_put_into_storage_checked_and_removed(browser: httpx.Client, system: System) -> None:
    def check(content: bytes) -> httpx.Response:
        return browser.post("/api/v1/public/verifications", files={"file": ("证书.pdf", content)})

    verdict = check(b"%PDF-1.7 " + b"x" * 3_000_000).json()
    assert (verdict["intact"], verdict["trusted"], verdict["state"]) == (True, False, "valid")
    storage = Storage(HttpSettings.model_validate({k.lower(): v for k, v in system.environment.items()}))
    with pytest.raises(NotStoredError):
        storage.size(storage.staging_key(AREA, verdict["message"]))

    assert check(b"PK not a pdf").json()["code"] == "FILE_TYPE"
    assert check(b"").json()["code"] == "FILE_TYPE"
    assert check(b"%PDF-" + b"x" * MOST_BYTES).json()["code"] == "FILE_TOO_LARGE"
    assert check(b"%PDF-" + b"x" * (MOST_BYTES + (1 << 20))).status_code == 413
    assert browser.post("/api/v1/public/verifications", data={"file": "text"}).status_code == 422
    assert browser.post("/api/v1/public/verifications", content=b"%PDF-").status_code == 422


@pytest.fixture
def channel(system: System) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{system.grpc_port}") as made:
        grpc.channel_ready_future(made).result(20)
        yield made


def test_grpc_answers_other_systems(channel: grpc.Channel) -> None:
    registry: Any = registry_pb2_grpc.RegistryStub(channel)  # type: ignore[no-untyped-call]  # generated

    def known() -> bool:
        with contextlib.suppress(grpc.RpcError):  # not ready yet: asked again
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


def test_both_gateways_end_cleanly_and_logged_no_token(
    system: System, browser: httpx.Client, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}", "X-Request-Id": "r-2"}
    assert browser.get("/api/v1/me", headers=headers).status_code == 200
    assert (system.http.stop(), system.grpc.stop()) == (0, 0)
    lines = [json.loads(line) for line in system.http.printed.splitlines()]
    mine = [line for line in lines if line["request_id"] == "r-2"]
    assert [(line["route"], line["status"], line["process"]) for line in mine] == [
        ("/api/v1/me", 200, system.environment["PROCESS"])
    ]
    assert "/verify/{token}" in system.http.printed
    assert "/verify/known" not in system.http.printed
    assert token not in system.http.printed + system.grpc.printed


@pytest.mark.parametrize("module", ["gateway.__main__", "gateway.grpc_server"])
def test_no_gateway_shares_its_process_with_eventlet(module: str) -> None:
    code = f"import sys, {module}; assert not {{'eventlet', 'nameko'}} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)

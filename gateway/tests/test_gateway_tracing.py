"""One trace from a request to the job that it caused, through real processes; and what the gateway passes on."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from tests.fixtures.collector import Collector, collecting
from tests.fixtures.processes import running, until

from chassis import context
from chassis.tokens import Signer
from contracts.identity import Account, GetMe
from local_stack.isolation import fresh_environment

PROGRAMS = Path(__file__).parent / "programs"
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GIVEN = f"00-{TRACE}-{CALLER}-01"
CHANGE = {
    "address": "示例路1号",
    "use_place": "示例路1号",
    "landline": "",
    "postcode": "",
    "safety_department": {"name": "安全部", "head": "示例人", "phone": "13800001234"},
    "safety_officers": [{"name": "示例人", "mobile": ""}],
    "version": 1,
}


@dataclass(frozen=True)
class System:
    """A gateway, a service, its relay and its worker, and the collector that they all know."""

    browser: httpx.Client
    collector: Collector
    log: Path
    """What the worker logs."""


@pytest.fixture
def system(servers: Any, tmp_path: Path) -> Iterator[System]:
    from tests.fixtures.servers import run_migrations

    with contextlib.ExitStack() as made:
        collector = made.enter_context(collecting())
        path = os.pathsep.join([str(PROGRAMS), *(p for p in sys.path if p)])
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "PYTHONPATH": path}
        service = made.enter_context(fresh_environment(servers.stack, "identity")) | more
        gateway = made.enter_context(fresh_environment(servers.stack, "gateway", service)) | more
        patched = made.enter_context(pytest.MonkeyPatch.context())
        patched.syspath_prepend(PROGRAMS)
        patched.setenv("SERVICE", "identity")  # the probe asks it also when it is only migrated
        run_migrations("gateway_probe", service)
        free_port = servers.stack.ports.transient
        http = free_port()
        gateway |= {"HTTP_PORT": str(http), "BASE_URL": f"http://127.0.0.1:{http}"}
        log: IO[bytes] = made.enter_context((tmp_path / "worker.log").open("wb"))
        for module, environment in (
            ("gateway_probe", service),
            ("chassis.relay", service),
            ("gateway", gateway),
        ):
            made.enter_context(running(module, environment, free_port()))
        made.enter_context(running("gateway_probe.worker", service, free_port(), log=log))
        token = Signer("identity", Path(service["PRIVATE_KEY_FILE"])).sign(
            {"sub": "a-1", "role": "unit", "unit_id": "u-1"}, 300
        )
        headers = {"Authorization": f"Bearer {token}"}
        browser = made.enter_context(httpx.Client(base_url=gateway["BASE_URL"], headers=headers, timeout=30))
        until(lambda: browser.get("/api/v1/me").status_code == 200)  # the probe is on the bus
        yield System(browser, collector, tmp_path / "worker.log")


def test_one_trace_from_the_request_to_the_job_that_it_caused(system: System) -> None:
    headers = {"Idempotency-Key": "k-1", "traceparent": GIVEN, "X-Request-Id": "r-1"}
    assert system.browser.put("/api/v1/units/me", json=CHANGE, headers=headers).status_code == 200

    def way() -> Any:
        found = system.collector.way_to("job look", "CONSUMER")
        return found if len(found) == 7 else None

    found = until(way)
    assert [(span.service, span.kind, span.name) for span in found] == [
        ("gateway", "SERVER", "PUT /api/v1/units/me"),
        ("gateway", "CLIENT", "rpc identity.change_my_unit"),
        ("identity", "SERVER", "rpc identity.change_my_unit"),
        ("identity", "PRODUCER", "event probe.changed"),
        ("identity", "CONSUMER", "event probe.changed"),
        ("identity", "PRODUCER", "job look"),
        ("identity", "CONSUMER", "job look"),
    ]
    assert found[0].parent_id == CALLER
    assert {span.trace_id for span in found} == {TRACE}
    assert {span.attributes["pingzheng.request_id"] for span in found} == {"r-1"}
    assert {span.error for span in found} == {""}
    logged = [json.loads(line) for line in system.log.read_text().splitlines()]
    assert [line["trace_id"] for line in logged if line["event"] == "job done"] == [TRACE]

    refusal = system.browser.get("/api/v1/units/me")
    assert refusal.json()["code"] == "STALE"

    def refused() -> Any:
        found = system.collector.way_to("rpc identity.get_my_unit", "SERVER")
        return found if len(found) == 3 else None

    http, client, server = until(refused)
    assert (http.error, client.error, server.error) == ("", "STALE", "STALE")
    assert (http.attributes["pingzheng.code"], http.attributes["http.status"]) == ("STALE", "409")
    sent = b"".join(system.collector.bodies)
    for secret in ("示例", "13800001234", "u-1", "eyJ"):
        assert secret.encode() not in sent


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [(GIVEN, GIVEN), ("rubbish", ""), (f"00-{'0' * 32}-{CALLER}-01", ""), ("", "")],
)
def test_without_a_collector_a_trace_is_passed_on_and_none_is_begun(
    unit: Any, transport: Any, given: str, passed_on: str
) -> None:
    seen: list[str] = []

    def answer(_: GetMe) -> Account:
        seen.append(context.traceparent.get())
        return Account(id="a-1", username="a", role="unit")

    transport.answers[GetMe] = answer
    assert unit.get("/api/v1/me", headers={"traceparent": given} if given else {}).status_code == 200
    assert seen == [passed_on]

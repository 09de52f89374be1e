"""The service as a real process on a real bus: it answers while passwords are checked, and its helpers come and go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.fixtures.processes import ready, until

from chassis.database import Database
from chassis.rpc import RpcClient
from contracts.errors import AppError
from contracts.identity import EndSession, GetAuthority, GetMe, ListDistricts, RefreshSession, SignIn

PASSWORD = "Demo-Password-1"
GOOD = SignIn(username="demo-unit", password=PASSWORD)
AT_ONCE = 8


@pytest.fixture
def service(environment: dict[str, str], database: Database) -> Iterator[subprocess.Popen[bytes]]:
    """The service process, ready; ended in an orderly way unless the test did it."""
    process = subprocess.Popen([sys.executable, "-m", "identity"], env={**os.environ, **environment})
    until(lambda: ready(int(environment["HEALTH_PORT"])))
    yield process
    if process.poll() is None:
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture
def client(environment: dict[str, str], sign_as: Callable[..., object]) -> Iterator[Callable[..., RpcClient]]:
    """Clients on the bus: as a service, or with an account's token."""
    made: list[RpcClient] = []

    def make(service: str = "gateway", token: str | None = None) -> RpcClient:
        signer: object = sign_as(service)
        as_account = (lambda: token) if token else None
        made.append(RpcClient(environment["AMQP_URL"], signer, token=as_account))  # type: ignore[arg-type]  # a Signer
        return made[-1]

    yield make
    for each in made:
        each.close()


def helpers_of(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in listed.split()]


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_the_calls_of_a_session_over_the_bus(service: object, client: Callable[..., RpcClient]) -> None:
    gateway = client()
    opened = gateway.call(GOOD)
    bearer = client(token=opened.access_token)
    assert bearer.call(GetMe()) == opened.account
    assert bearer.call(ListDistricts(pilot_only=True)).total == 4
    assert client("review").call(GetAuthority(district_code="500103")).code == "AU-500103"
    renewed = gateway.call(RefreshSession(refresh_token=opened.refresh_token))
    bearer.call(EndSession(), key="k1")
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        gateway.call(RefreshSession(refresh_token=renewed.refresh_token))


def test_other_calls_are_answered_while_passwords_are_checked(
    service: object, client: Callable[..., RpcClient]
) -> None:
    gateway = client()
    bearer = client(token=gateway.call(GOOD).access_token)
    waits: list[float] = []
    with ThreadPoolExecutor(AT_ONCE) as people:
        signing_in = [people.submit(client().call, GOOD) for _ in range(AT_ONCE)]
        while not all(each.done() for each in signing_in):
            begun = time.monotonic()
            bearer.call(GetMe())
            waits.append(time.monotonic() - begun)
    assert [each.result().account.username for each in signing_in] == ["demo-unit"] * AT_ONCE
    assert (
        len(waits) > AT_ONCE
    )  # checked in the service process, at most one would get in between two passwords
    assert max(waits) < 4


def test_a_helper_that_dies_is_replaced(
    service: subprocess.Popen[bytes], client: Callable[..., RpcClient]
) -> None:
    gateway = client()
    for _ in range(2):
        killed = helpers_of(service)
        assert len(killed) == 2
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        gateway.call(GOOD)
        gateway.call(SignIn(username="demo-unit2", password=PASSWORD))
        assert not any(is_alive(pid) for pid in killed)
        with ThreadPoolExecutor(4) as people:
            list(people.map(lambda _: gateway.call(GOOD), range(4)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_helpers_never_outlive_their_service(
    service: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    helpers = helpers_of(service)
    assert len(helpers) == 2
    service.send_signal(number)
    service.wait(20)
    until(lambda: not any(is_alive(pid) for pid in helpers), 5)


def test_a_stopped_service_finishes_the_sign_ins_at_work(
    service: subprocess.Popen[bytes], client: Callable[..., RpcClient]
) -> None:
    client().call(GOOD)
    with ThreadPoolExecutor(AT_ONCE) as people:
        signing_in = [people.submit(client().call, GOOD) for _ in range(AT_ONCE)]
        time.sleep(0.15)
        for pid in helpers_of(service):
            os.kill(pid, signal.SIGTERM)  # as a supervisor that signals the whole group
        service.terminate()
        assert service.wait(20) == 0
    codes = {getattr(each.exception(), "code", "opened") for each in signing_in}
    assert "opened" in codes
    assert codes <= {"opened", "UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT"}


def test_the_clock_starts_and_stops(environment: dict[str, str], database: Database) -> None:
    clock = subprocess.Popen([sys.executable, "-m", "identity.clock"], env={**os.environ, **environment})
    until(lambda: ready(int(environment["HEALTH_PORT"])))
    clock.terminate()
    assert clock.wait(20) == 0

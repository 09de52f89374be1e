"""The probe as real processes on a real RabbitMQ: calls, events, relay, worker."""

import asyncio
import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chassis_probe.service import Count, Counted, Echo, NotForReview, Refuse, add_one, counter
from kombu.messaging import Producer
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from tests.fixtures.processes import until

from chassis.async_rpc import AsyncRpcClient
from chassis.audit import Actor
from chassis.database import Database
from chassis.jobs import ClaimedJob, NewJob, claim, finish
from chassis.relay import Relay
from chassis.rpc import RpcClient
from chassis.settings import Settings
from chassis.tokens import Signer
from chassis.worker import Keeper, Worker
from contracts.call import Call, Nothing
from contracts.errors import AppError


def value(database: Database, name: str) -> int:
    with database.reading() as session:
        return int(session.execute(select(counter.c.value).where(counter.c.name == name)).scalar() or 0)


@pytest.fixture
def relay(settings: Settings) -> Iterator[Relay]:
    made = Relay(settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value())
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_calls_are_answered_refused_and_bounded(service: object, client: RpcClient) -> None:
    client.call(Echo())
    with pytest.raises(AppError, match="STALE") as refused:
        client.call(Refuse())
    assert refused.value.extra == {"current": "accepted"}
    with pytest.raises(AppError, match="INTERNAL") as broken:
        client.call(Refuse(break_down=True))
    assert "secret" not in str(broken.value.to_wire())
    with pytest.raises(AppError, match="FORBIDDEN"):
        client.call(NotForReview())
    begun = time.monotonic()
    with pytest.raises(AppError, match="UPSTREAM_TIMEOUT"):
        client.call(Echo(wait_s=3), timeout=0.5)
    assert time.monotonic() - begun < 2
    client.call(Echo())


def test_a_change_is_made_once_however_often_it_is_asked(
    service: object, client: RpcClient, database: Database
) -> None:
    for _ in range(3):
        client.call(Count(name="a"), key="k1")
    assert value(database, "a") == 1
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"):
        client.call(Count(name="b"), key="k1")
    with pytest.raises(AppError, match="VALIDATION"):
        client.call(Count(name="b"))


def test_an_unknown_service_is_reported_at_once(client: RpcClient) -> None:
    class Absent(Call[Nothing]):
        service = "absent"
        callers = frozenset({"review"})

    begun = time.monotonic()
    with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
        client.call(Absent(), timeout=10)
    assert time.monotonic() - begun < 3


def test_an_event_reaches_its_consumer_once(
    service: object, client: RpcClient, database: Database, relay: Relay
) -> None:
    for number in range(3):
        client.call(Count(name="a"), key=f"k{number}")
    until(lambda: value(database, "heard a") == 3)
    with database.engine.connect() as connection:
        bare = connection.execute(
            text("select count(*) from outbox where sent_at is null and exchange <> ''")
        )
        assert bare.scalar_one() == 0


def test_a_running_call_is_finished_and_answered_when_the_service_is_stopped(
    probe: dict[str, str], settings: Settings, service: subprocess.Popen[bytes], client: RpcClient
) -> None:
    answers: list[object] = []
    caller = threading.Thread(target=lambda: answers.append(client.call(Echo(wait_s=2), timeout=10)))
    caller.start()
    time.sleep(0.7)
    service.send_signal(signal.SIGTERM)
    assert service.wait(20) == 0
    caller.join(10)
    assert len(answers) == 1


def test_an_event_without_its_queue_is_kept_and_sent_later(
    settings: Settings, database: Database, relay: Relay
) -> None:
    with database.changing(Actor("a-1", "unit")) as change:
        change.emit(Counted(application_id="a", name="a"))

    def last_error() -> object:
        with database.engine.connect() as connection:
            return connection.execute(text("select last_error from outbox where sent_at is null")).scalar()

    until(lambda: last_error() == "NO_ROUTE")


def test_a_worker_is_woken_by_the_bus_and_does_each_job_once(
    settings: Settings, database: Database, relay: Relay
) -> None:
    def tally(job: ClaimedJob, keeper: Keeper) -> None:
        keeper.check()
        with database.changing(job.actor) as change:
            add_one(change, job.payload["name"])
            finish(change.session, job)

    worker = Worker(database, settings.amqp_url.get_secret_value(), {"tally": tally})
    thread = threading.Thread(target=worker.work)
    thread.start()
    try:
        with database.changing(Actor("a-1", "unit")) as change:
            for _ in range(20):
                change.enqueue(NewJob("tally", {"name": "done"}))
        until(lambda: value(database, "done") == 20)
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()
    assert value(database, "done") == 20


def test_the_gateways_client_makes_many_calls_at_once(
    service: object, settings: Settings, database: Database
) -> None:
    token = Signer("review", settings.private_key_file.with_name("review.pem")).as_service()

    async def ask() -> None:
        client = AsyncRpcClient(settings.amqp_url.get_secret_value())
        await client.start()
        try:
            begun = time.monotonic()
            await asyncio.gather(*(client.call(Echo(wait_s=0.5), token=token) for _ in range(10)))
            assert time.monotonic() - begun < 3  # one after another they would take five seconds
            await asyncio.gather(*(client.call(Count(name="a"), token=token, key="k1") for _ in range(5)))
            await _refusals(client, token)
            assert client.in_flight == 0
        finally:
            await client.close()

    asyncio.run(ask())
    assert value(database, "a") == 1


async def _refusals(client: AsyncRpcClient, token: str) -> None:
    with pytest.raises(AppError, match="STALE"):
        await client.call(Refuse(), token=token)
    with pytest.raises(AppError, match="TOKEN_EXPIRED"):
        await client.call(Echo(), token="nonsense")
    with pytest.raises(AppError, match="UPSTREAM_TIMEOUT"):
        await client.call(Echo(wait_s=2), token=token, within_s=0.3)


def test_the_gateways_client_says_within_seconds_that_nobody_is_there(settings: Settings) -> None:
    async def ask(url: str) -> float:
        client = AsyncRpcClient(url)
        await client.start()
        begun = time.monotonic()
        try:
            with pytest.raises(AppError, match="UPSTREAM_UNAVAILABLE"):
                await client.call(Echo(), token="t", within_s=10)
            return time.monotonic() - begun
        finally:
            await client.close()

    assert asyncio.run(ask(settings.amqp_url.get_secret_value())) < 3  # no service
    assert asyncio.run(ask("amqp://nobody:nothing@127.0.0.1:1/none")) < 3  # no broker


def test_an_answer_that_comes_while_the_request_is_confirmed_is_not_lost(
    service: object, client: RpcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish: Any = Producer.publish

    def slowly(self: Producer, *args: object, **options: object) -> object:
        published = publish(self, *args, **options)
        with contextlib.suppress(TimeoutError):  # nothing came within that second
            self.channel.connection.drain_events(timeout=1)  # what waiting for a slow confirm does
        return published

    monkeypatch.setattr(Producer, "publish", slowly)
    client.call(Echo(), timeout=3)


def test_a_worker_outlives_a_database_that_is_away_when_a_job_fails(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: ClaimedJob, __: Keeper) -> None:
        raise RuntimeError("always")

    def away(*_: object) -> None:
        raise OperationalError("update job", {}, ConnectionError("away"))

    with database.changing(Actor("a-1", "unit")) as change:
        change.enqueue(NewJob("tally", {}))
    worker = Worker(database, settings.amqp_url.get_secret_value(), {"tally": broken})
    monkeypatch.setattr("chassis.jobs.retry_later", away)
    try:
        assert worker.do_next()
    finally:
        worker.stop()


def test_a_worker_that_is_told_to_stop_holds_its_job_until_it_is_done(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.jobs.LEASE_S", 1)
    others: list[ClaimedJob | None] = []

    def long(job: ClaimedJob, _: Keeper) -> None:
        worker.stop()
        time.sleep(2)  # a statement that takes longer than a lease
        with database.engine.connect() as connection:
            others.append(claim(connection, ["tally"], "another"))
        with database.changing(job.actor) as change:
            finish(change.session, job)

    with database.changing(Actor("a-1", "unit")) as change:
        change.enqueue(NewJob("tally", {}))
    worker = Worker(database, settings.amqp_url.get_secret_value(), {"tally": long})
    assert worker.do_next()
    assert others == [None]

"""The unit of work, outbox, inbox, idempotency, audit chain and jobs on a real PostgreSQL."""

import threading
import time
from collections.abc import Iterator

import pytest
from chassis_probe.service import Counted, add_one, counter
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from chassis import audit, clock, context, idempotency, jobs, metrics
from chassis.audit import Actor
from chassis.database import Database
from chassis.jobs import ClaimedJob, LeaseLostError, NewJob
from chassis.tables import audit_entry, outbox
from chassis.tables import idempotency as idempotency_table
from contracts.errors import AppError

CLERK = Actor("a-1", "unit")
FAULT = {"code": "INTERNAL", "message": "系统出现问题"}


@pytest.fixture
def database(probe: dict[str, str]) -> Iterator[Database]:
    made = Database(probe["DATABASE_URL"], "identity", pool_size=5)
    yield made
    made.engine.dispose()


def rows(database: Database, table: object) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]  # any table


def value(database: Database, name: str) -> int:
    with database.reading() as session:
        return int(session.execute(select(counter.c.value).where(counter.c.name == name)).scalar() or 0)


def enqueue(database: Database, *new: NewJob) -> None:
    with database.changing(CLERK) as change:
        for job in new:
            change.enqueue(job)


def claim(database: Database, owner: str = "w1", kind: str = "tally") -> ClaimedJob | None:
    with database.engine.connect() as connection:
        return jobs.claim(connection, [kind], owner)


def must_claim(database: Database, owner: str = "w1") -> ClaimedJob:
    job = claim(database, owner)
    assert job is not None
    return job


def tally(database: Database, job: ClaimedJob) -> None:
    with database.changing(CLERK) as change:
        add_one(change, "a")
        jobs.finish(change.session, job)


def test_a_change_commits_state_event_job_and_audit_together_or_nothing(database: Database) -> None:
    def change_it(*, fail: bool) -> None:
        with database.changing(CLERK) as change:
            add_one(change, "a")
            change.emit(Counted(application_id="a", name="a"))
            change.enqueue(NewJob("tally", {}))
            change.note("counted", "counter:a", why="test")
            if fail:
                raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        change_it(fail=True)
    assert (value(database, "a"), rows(database, outbox), rows(database, audit_entry)) == (0, 0, 0)
    change_it(fail=False)
    assert (value(database, "a"), rows(database, outbox), rows(database, audit_entry)) == (1, 2, 1)


def test_nothing_leaves_the_process_inside_a_transaction(database: Database) -> None:
    with database.changing(CLERK), pytest.raises(context.InsideTransactionError):
        context.leave_process("storage.put")
    with database.reading(), pytest.raises(context.InsideTransactionError):
        context.leave_process("rpc")


def test_events_of_one_aggregate_are_numbered_without_gaps_under_concurrency(database: Database) -> None:
    def emit_ten() -> None:
        for _ in range(10):
            with database.changing(CLERK) as change:
                change.emit(Counted(application_id="a", name="a"))

    threads = [threading.Thread(target=emit_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        numbers = session.execute(
            select(outbox.c.headers["sequence"].as_integer()).order_by(outbox.c.id)
        ).scalars()
        assert sorted(numbers) == list(range(1, 41))


def test_the_runtime_role_can_not_change_the_audit_chain(database: Database) -> None:
    with database.changing(CLERK) as change:
        change.note("counted", "counter:a")
    for statement in (
        "update audit_entry set action = 'x'",
        "delete from audit_entry",
        "drop table audit_entry",
    ):
        with pytest.raises(ProgrammingError), database.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "tampering",
    [
        "update audit_entry set detail = '{\"n\": 9}' where seq = 2",
        "delete from audit_entry where seq = 2",
        "update audit_entry set actor_id = 'somebody' where seq = 2",
    ],
)
def test_tampering_with_the_audit_chain_is_found(
    database: Database, probe: dict[str, str], tampering: str
) -> None:
    for number in range(3):
        with database.changing(CLERK) as change:
            change.note("counted", "counter:a", n=number)
    with database.engine.connect() as connection:
        assert audit.first_break(connection) is None
    owner = create_engine(probe["OWNER_DATABASE_URL"])
    with owner.begin() as connection:
        connection.execute(text(tampering))
        assert audit.first_break(connection) == 2
    owner.dispose()


def test_a_cut_end_of_the_audit_chain_is_found(database: Database, probe: dict[str, str]) -> None:
    with database.changing(CLERK) as change:
        change.note("counted", "counter:a")
        change.note("counted", "counter:b")
    owner = create_engine(probe["OWNER_DATABASE_URL"])
    with owner.begin() as connection:
        connection.execute(text("delete from audit_entry where seq = 2"))
        assert audit.first_break(connection) == 2
    owner.dispose()


def test_the_same_key_has_one_effect_even_at_the_same_time(database: Database) -> None:
    replies: list[object] = []

    def ask() -> None:
        with database.changing(CLERK) as change:

            def effect() -> dict[str, object]:
                add_one(change, "a")
                return {"n": 1}

            replies.append(idempotency.once(change.session, ("a-1", "count", "k1"), {"name": "a"}, effect))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [{"n": 1}] * 5
    assert value(database, "a") == 1


def test_the_same_key_with_another_body_is_a_conflict(database: Database) -> None:
    who = ("a-1", "count", "k1")
    with database.changing(CLERK) as change:
        idempotency.once(change.session, who, {"name": "a"}, dict)
    with pytest.raises(AppError, match="IDEMPOTENCY_CONFLICT"), database.changing(CLERK) as change:
        idempotency.once(change.session, who, {"name": "b"}, dict)


def test_a_change_that_fails_leaves_its_key_free(database: Database) -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError

    who = ("a-1", "count", "k1")
    with pytest.raises(RuntimeError), database.changing(CLERK) as change:
        idempotency.once(change.session, who, {}, broken)
    with database.changing(CLERK) as change:
        assert idempotency.once(change.session, who, {}, lambda: {"n": 2}) == {"n": 2}


def test_a_job_is_done_once_and_a_lost_lease_changes_nothing(database: Database) -> None:
    enqueue(database, NewJob("tally", {"name": "a"}))
    first = must_claim(database, "w1")
    assert claim(database, "w2") is None
    with database.engine.begin() as connection:
        connection.execute(text("update job set lease_until = now() - interval '1 s'"))
    second = must_claim(database, "w2")
    assert (second.id, second.attempt) == (first.id, 2)
    with pytest.raises(LeaseLostError):
        tally(database, first)
    assert value(database, "a") == 0
    with database.engine.begin() as connection:
        jobs.renew(connection, second)
    tally(database, second)
    assert value(database, "a") == 1
    assert claim(database) is None


def test_units_take_turns(database: Database) -> None:
    enqueue(database, *[NewJob("tally", {"of": "big"}, unit_id="big") for _ in range(3)])
    enqueue(database, NewJob("tally", {"of": "small"}, unit_id="small"))
    assert [must_claim(database).payload["of"] for _ in range(2)] == ["big", "small"]


def test_jobs_of_one_serial_key_run_one_after_another(database: Database) -> None:
    enqueue(database, NewJob("tally", {}, serial_key="x"), NewJob("tally", {}, serial_key="x"))
    first = must_claim(database)
    assert claim(database) is None
    with database.changing(CLERK) as change:
        jobs.finish(change.session, first)
    assert must_claim(database).id != first.id


def test_a_job_handed_back_does_not_lose_an_attempt_and_a_failed_one_waits(database: Database) -> None:
    enqueue(database, NewJob("tally", {}))
    with database.engine.begin() as connection:
        jobs.hand_back(connection, must_claim(database))
    again = must_claim(database)
    assert again.attempt == 1
    with database.engine.begin() as connection:
        jobs.retry_later(connection, again, 60)
    assert claim(database) is None


def test_a_job_that_kills_its_worker_three_times_is_parked_with_its_fault(database: Database) -> None:
    enqueue(database, NewJob("tally", {}))
    for _ in range(3):
        must_claim(database)
        with database.engine.begin() as connection:
            connection.execute(text("update job set lease_until = now() - interval '1 s'"))
    assert claim(database) is None
    with database.engine.begin() as connection:
        parked = jobs.park_worn_out(connection, FAULT)
        assert len(parked) == 1
        assert connection.execute(text("select state, fault ->> 'code' from job")).one() == (
            "failed",
            "INTERNAL",
        )


def test_a_job_ended_by_its_own_fault_says_so(database: Database) -> None:
    enqueue(database, NewJob("tally", {}))
    job = must_claim(database)
    with database.changing(CLERK) as change:
        jobs.fail(change.session, job, FAULT)
    assert claim(database) is None


def age(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_fault_of_the_database_tells_logs_no_values(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.reading() as session:
        session.execute(text("select 1 / 0, cast(:name as text)"), {"name": "示例甲"})
    assert "division" in str(caught.value)
    assert "示例甲" not in str(caught.value)


def test_a_job_is_claimed_quickly_however_many_wait(database: Database) -> None:
    many = text("""
    insert into job (id, kind, payload, unit_id, actor_id, actor_role, request_id)
    select gen_random_uuid(), 'tally', '{}', 'u' || n % 3, 'a', 'unit', 'r' from generate_series(1, 50000) n
    """)
    with database.engine.begin() as connection:
        connection.execute(many)
    seconds = []
    for _ in range(5):
        begun = time.monotonic()
        must_claim(database)
        seconds.append(time.monotonic() - begun)
    assert min(seconds) < 0.1


def test_the_clock_wakes_workers_for_jobs_that_wait_or_whose_worker_is_gone(database: Database) -> None:
    enqueue(database, NewJob("tally", {}))
    age(database, "delete from outbox")  # the wake-up was lost
    clock.wake_waiting(database)
    assert rows(database, outbox) == 1
    must_claim(database)
    age(database, "delete from outbox")
    clock.wake_waiting(database)
    assert rows(database, outbox) == 0
    age(database, "update job set lease_until = now() - interval '1 s'")
    clock.wake_waiting(database)
    assert rows(database, outbox) == 1


def test_the_clock_deletes_only_what_is_old_and_settled(database: Database) -> None:
    for number in range(3):
        with database.changing(CLERK) as change:
            idempotency.once(change.session, ("a-1", "count", f"k{number}"), {}, dict)
            change.emit(Counted(application_id="a", name="a"))
    age(database, "update outbox set sent_at = now() - interval '8 days' where headers ->> 'sequence' = '1'")
    age(database, "update outbox set sent_at = now() where headers ->> 'sequence' = '2'")
    age(database, "update outbox set created_at = now() - interval '8 days'")
    age(database, "update idempotency set created_at = now() - interval '31 days' where key = 'k0'")
    clock.prune(database)
    assert (rows(database, outbox), rows(database, idempotency_table)) == (2, 2)


def test_jobs_that_ended_long_ago_are_pruned_and_no_others(database: Database) -> None:
    enqueue(database, NewJob("tally", {}), NewJob("tally", {}), NewJob("tally", {}))
    for _ in range(2):
        job = must_claim(database)
        with database.changing(CLERK) as change:
            jobs.finish(change.session, job)
    one = "select id from job where state = 'done' limit 1"
    age(database, f"update job set finished_at = now() - interval '31 days' where id = ({one})")  # noqa: S608 - ours
    clock.prune(database)
    with database.engine.connect() as connection:
        states = connection.execute(text("select state from job order by state")).scalars().all()
    assert states == ["done", "queued"]


def test_the_clock_goes_on_when_one_action_fails(database: Database) -> None:
    done: list[str] = []

    def broken(_: Database) -> None:
        raise RuntimeError("always")

    actions = [clock.Action("broken", 0, broken), clock.Action("good", 0, lambda _: done.append("good"))]
    ticking = clock.Clock(database, actions)
    ticking.tick()
    ticking.tick()
    assert done == ["good", "good"]


def test_the_clock_parks_a_job_that_wore_out(database: Database) -> None:
    enqueue(database, NewJob("tally", {}))
    must_claim(database)
    age(database, "update job set attempt = 3, lease_until = now() - interval '1 s'")
    clock.Clock(database, clock.chassis_actions()).tick()
    with database.engine.connect() as connection:
        state, message = connection.execute(text("select state, fault ->> 'message' from job")).one()
    assert state == "failed"
    assert "请重新提交" in message


def test_the_clock_measures_how_long_jobs_and_messages_wait(database: Database) -> None:
    enqueue(database, NewJob("tally", {"name": "a"}))
    age(database, "update job set created_at = now() - interval '90 seconds'")
    age(database, "update outbox set created_at = now() - interval '40 seconds'")
    clock.watch_queues(database)
    assert 90 <= metrics.JOBS_OLDEST_S.labels("tally")._value.get() < 120
    assert 40 <= metrics.OUTBOX_LAG_S._value.get() < 70
    assert metrics.OUTBOX_UNSENT._value.get() == rows(database, outbox)
    tally(database, must_claim(database))
    clock.watch_queues(database)
    assert not list(metrics.JOBS_OLDEST_S._metrics)

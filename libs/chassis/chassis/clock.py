"""The clock of a service: looks after its jobs, its outbox and what grows old. Two at once do no harm.

A service adds actions of its own: ``Clock(database, [*chassis_actions(), Action("deadlines", 60, …)]).run()``.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from types import FrameType

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from chassis import jobs, metrics, outbox
from chassis.audit import Actor
from chassis.database import Database
from chassis.tables import inbox_waiting, job
from chassis.tables import outbox as outbox_table

AT_ONCE = 1000
PAUSE = text("interval '1 minute'")
WORN_OUT = {"code": "INTERNAL", "message": "处理多次中断，已停止，请重新提交；如仍失败请联系技术支持。"}
_SENT = text("""
delete from outbox where id in
    (select id from outbox where sent_at < now() - interval '7 days' order by sent_at limit :at_once)
""")
_KEYS = text("""
delete from idempotency where (account, method, key) in
    (select account, method, key from idempotency where created_at < now() - interval '30 days'
     order by created_at limit :at_once)
""")
_JOBS = text("""
delete from job where id in
    (select id from job where finished_at < now() - interval '30 days' order by finished_at limit :at_once)
""")
log = structlog.get_logger("chassis.clock")


@dataclass(frozen=True)
class Action:
    """Something to do every so many seconds; it must bear being done by two clocks at once."""

    name: str
    every_s: float
    do: Callable[[Database], None]


def wake_waiting(database: Database) -> None:
    """Wakes the workers of each kind of job that waits, or whose worker is gone: a wake-up may have been lost."""
    waiting = (job.c.state == "queued") & (job.c.not_before <= func.now())
    orphaned = (job.c.state == "running") & (job.c.lease_until < func.now())
    count = select(job.c.kind, func.count()).where(waiting | orphaned).group_by(job.c.kind)
    with database.changing(Actor(database.service, "service")) as change:
        kinds: dict[str, int] = dict(change.session.execute(count).all())
        for kind in kinds:
            outbox.write_wake_up(change.session, database.service, kind)
        if kinds:
            outbox.notify(change.session)
    metrics.JOBS_WAITING.clear()
    for kind, number in kinds.items():
        metrics.JOBS_WAITING.labels(kind).set(number)


def watch_queues(database: Database) -> None:
    """Measures how long the oldest job of each kind and the oldest unsent message wait."""
    age = func.extract("epoch", func.now() - func.min(job.c.created_at))
    waiting = select(job.c.kind, age).where(job.c.state == "queued", job.c.not_before <= func.now())
    lag = func.coalesce(func.extract("epoch", func.now() - func.min(outbox_table.c.created_at)), 0)
    unsent = select(func.count(), lag).where(outbox_table.c.sent_at.is_(None))
    with database.engine.connect() as connection:
        oldest = connection.execute(waiting.group_by(job.c.kind)).all()
        number, seconds = connection.execute(unsent).one()
    metrics.JOBS_OLDEST_S.clear()
    for kind, waits in oldest:
        metrics.JOBS_OLDEST_S.labels(kind).set(float(waits))
    metrics.OUTBOX_UNSENT.set(number)
    metrics.OUTBOX_LAG_S.set(float(seconds))


def park_worn_out(database: Database) -> None:
    """Ends jobs that killed their worker three times, with a fault that their owner is shown."""
    with database.engine.begin() as connection:
        for worn_out in jobs.park_worn_out(connection, WORN_OUT):
            log.error("job parked", job=str(worn_out))


def begin_again(database: Database, kinds: Collection[str]) -> None:
    """Queues given-up jobs of these kinds again after a minute: those that others wait for and nobody can ask for anew.

    An operator sees the fault in the log each time until it is mended. Needs an index of failed jobs.
    """
    given_up = (
        select(job.c.id)
        .where(job.c.kind.in_(kinds), job.c.state == "failed", job.c.finished_at < func.now() - PAUSE)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    queued = {"state": "queued", "attempt": 0, "finished_at": None, "not_before": func.now()}
    with database.changing(Actor(database.service, "service")) as change:
        again = update(job).where(job.c.id.in_(given_up)).values(**queued).returning(job.c.kind)
        woken = sorted(set(change.session.execute(again).scalars()))
        for kind in woken:
            outbox.write_wake_up(change.session, database.service, kind)
        if woken:
            outbox.notify(change.session)


def prune(database: Database) -> None:
    """Deletes messages, keys and jobs that ended so long ago that nobody asks for them, some at a time."""
    with database.engine.begin() as connection:
        for statement in (_SENT, _KEYS, _JOBS):
            connection.execute(statement, {"at_once": AT_ONCE})


def watch_waiting_events(database: Database) -> None:
    """Counts events that wait for a predecessor that should have come long ago: somebody has to look at its queue."""
    late = select(func.count()).where(inbox_waiting.c.came_at < func.now() - text("interval '1 minute'"))
    with database.engine.connect() as connection:
        number = int(connection.execute(late).scalar_one())
    metrics.EVENTS_WAITING.set(number)
    if number:
        log.error("events wait for their predecessors", events=number)


def chassis_actions() -> list[Action]:
    """What each service's clock does."""
    return [
        Action("wake", 5, wake_waiting),
        Action("queues", 10, watch_queues),
        Action("park", 10, park_worn_out),
        Action("events", 30, watch_waiting_events),
        Action("prune", 600, prune),
    ]


class Clock:
    """Does each action when its time comes; one that fails is logged and comes again."""

    def __init__(self, database: Database, actions: Iterable[Action]) -> None:
        self._database = database
        self._next = dict.fromkeys(actions, 0.0)
        self._stopping = threading.Event()

    def stop(self, _: int = 0, __: FrameType | None = None) -> None:
        """Ends ``run`` after the action at hand; fit for a signal."""
        self._stopping.set()

    def run(self) -> None:
        """Works until a signal stops it."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        while not self._stopping.wait(0.5):
            self.tick()

    def tick(self) -> None:
        """Does what is due now."""
        now = time.monotonic()
        for action in [a for a, due in self._next.items() if due <= now]:
            self._next[action] = now + action.every_s
            try:
                action.do(self._database)
            except SQLAlchemyError as fault:
                log.warning("database away", action=action.name, fault=str(fault)[:200])
            except Exception:
                log.exception("action failed", action=action.name)

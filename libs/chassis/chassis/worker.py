"""A worker process: woken by the bus, it claims jobs from the table and does them one at a time, without eventlet."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import structlog
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.mixins import ConsumerMixin
from sqlalchemy.exc import SQLAlchemyError

from chassis import bus, context, jobs, metrics, tracing
from chassis.database import Database
from chassis.jobs import ClaimedJob, LeaseLostError
from chassis.outbox import wake_up_queue

POLL_S = 2.0
RETRY_PAUSES_S = (1, 5)
DRAIN_S = 18.0
"""A job that has not looked by then is handed back and the process ends: within 20 s, before anybody kills it."""
log = structlog.get_logger("chassis.worker")

Work = Callable[[ClaimedJob, "Keeper"], None]
"""Does one job: commits its effect with ``jobs.finish`` in the same transaction, or raises."""


class StoppingError(Exception):
    """The process is told to stop: the job is handed back."""


class Keeper:
    """Holds the lease of the job at hand from a thread of its own, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._job: ClaimedJob | None = None
        self.lost = threading.Event()
        self.stopping = threading.Event()
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def check(self) -> None:
        """To be called between the steps of a long job. Raises LeaseLostError or StoppingError."""
        if self.lost.is_set():
            raise LeaseLostError
        if self.stopping.is_set():
            raise StoppingError

    @property
    def job(self) -> ClaimedJob | None:
        """The job that is held now."""
        return self._job

    def hold(self, job: ClaimedJob | None) -> None:
        """Which job to hold from now on."""
        self.lost.clear()
        self._job = job

    def _renew(self) -> None:
        """As long as the process lives: the job at hand may end only some time after the word to stop."""
        while True:
            time.sleep(jobs.LEASE_S / 5)
            job = self._job
            if job is None:
                continue
            try:
                with self._database.engine.begin() as connection:
                    jobs.renew(connection, job)
            except LeaseLostError:
                if self._job is job:
                    self.lost.set()
            except SQLAlchemyError as fault:
                log.warning("lease not renewed", fault=str(fault)[:200])


class _WakeUps(ConsumerMixin):
    """Listens on the wake-up queues; what a message says does not matter."""

    def __init__(self, connection: Connection, queues: list[Queue], woken: threading.Event) -> None:
        self.connection = connection
        self._queues = queues
        self._woken = woken

    def get_consumers(self, consumer: Any, _channel: Any) -> list[Any]:
        return [consumer(self._queues, on_message=self._on_message, prefetch_count=1)]

    def _on_message(self, message: Any) -> None:
        message.ack()
        self._woken.set()

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        log.warning("broker away", fault=str(exc)[:200], again_in_s=interval)


class Worker:
    """Does the jobs of some kinds of one service until it is told to stop."""

    def __init__(self, database: Database, amqp_url: str, kinds: Mapping[str, Work]) -> None:
        self._database = database
        self._kinds = kinds
        self._owner = f"{socket.gethostname()}-{os.getpid()}"
        self._woken = threading.Event()
        self._keeper = Keeper(database)
        names = [wake_up_queue(database.service, kind) for kind in kinds]
        self._queues = [bus.wake_up_queue_of(name) for name in names]
        self._listener = _WakeUps(Connection(amqp_url, heartbeat=10), self._queues, self._woken)

    def stop(self, _: int = 0, __: FrameType | None = None) -> None:
        """Ends ``run`` after the job at hand, or as soon as that job looks; fit for a signal."""
        self._listener.should_stop = True
        self._keeper.stopping.set()
        self._woken.set()

    def run(self) -> None:
        """Works until a signal stops it; at most ``DRAIN_S`` longer."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        threading.Thread(target=self._end_in_time, name="drain", daemon=True).start()
        self.work()

    def _end_in_time(self) -> None:
        """What the job does afterwards is no longer its: its commit finds another owner, and the process is gone."""
        self._keeper.stopping.wait()
        time.sleep(DRAIN_S)
        job = self._keeper.job
        if job is not None:
            log.warning("job handed back: it did not end in time", job=str(job.id), kind=job.kind)
            self._give_back(job, None)
        logging.shutdown()
        os._exit(0)

    def work(self) -> None:
        """Works until ``stop`` is called."""
        threading.Thread(target=self._listener.run, name="wake-ups", daemon=True).start()
        while not self._keeper.stopping.is_set():
            if not self.do_next():
                self._woken.wait(POLL_S)
                self._woken.clear()

    def do_next(self) -> bool:
        """Does one waiting job; False when there is none (or the database is away)."""
        try:
            with self._database.engine.connect() as connection:
                job = jobs.claim(connection, list(self._kinds), self._owner)
        except SQLAlchemyError as fault:
            log.warning("database away", fault=str(fault)[:200])
            return False
        if job is None:
            return False
        self._keeper.hold(job)
        try:
            self._do(job)
        finally:
            self._keeper.hold(None)
        return True

    def _do(self, job: ClaimedJob) -> None:
        context.request_id.set(job.request_id)
        context.traceparent.set(job.traceparent)
        with tracing.span(f"job {job.kind}", "CONSUMER"):
            self._do_in_span(job)

    def _do_in_span(self, job: ClaimedJob) -> None:
        log.info("job begins", job=str(job.id), kind=job.kind, attempt=job.attempt)
        with metrics.timed(metrics.JOB_SECONDS, job.kind, "done") as outcome:
            outcome.name = self._outcome(job)

    def _outcome(self, job: ClaimedJob) -> str:
        try:
            self._kinds[job.kind](job, self._keeper)
        except LeaseLostError:
            log.warning("lease lost: nothing kept", job=str(job.id))
            return "lost"
        except StoppingError:
            self._give_back(job, None)
            return "given_back"
        except Exception as fault:
            tracing.current().fail(fault)
            log.exception("job failed", job=str(job.id), kind=job.kind)
            self._give_back(job, RETRY_PAUSES_S[min(job.attempt, len(RETRY_PAUSES_S)) - 1])
            return "failed"
        log.info("job done", job=str(job.id))
        return "done"

    def _give_back(self, job: ClaimedJob, pause_s: float | None) -> None:
        try:
            with self._database.engine.begin() as connection:
                if pause_s is None:
                    jobs.hand_back(connection, job)
                else:
                    jobs.retry_later(connection, job, pause_s)
        except SQLAlchemyError as fault:  # the lease ends by itself, and then another worker takes the job
            log.warning("job not given back", job=str(job.id), fault=str(fault)[:200])

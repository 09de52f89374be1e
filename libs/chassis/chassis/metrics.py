"""What every process counts, for /metrics. Labels are names of our own code, never data of a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

CALL_SECONDS = Histogram(
    "pingzheng_call_seconds",
    "Calls that this service answered; outcome is ok or the code of the refusal",
    ["method", "outcome"],
    buckets=(0.005, 0.02, 0.05, 0.15, 0.5, 1, 2, 5, 15),
)
CALLS_REPEATED = Counter(
    "pingzheng_calls_repeated", "Calls asked once more because the connection broke", ["method"]
)
EVENTS = Counter("pingzheng_events", "Events that this service took", ["type"])
EVENTS_WAITING = Gauge(
    "pingzheng_events_waiting", "Events whose predecessor has not come for a minute, seen by the clock"
)
JOB_SECONDS = Histogram(
    "pingzheng_job_seconds",
    "Jobs that this worker ended; outcome is done, lost, given_back or failed",
    ["kind", "outcome"],
    buckets=(0.05, 0.2, 1, 5, 20, 60, 300, 1200),
)
JOBS_WAITING = Gauge("pingzheng_jobs_waiting", "Jobs that wait for a worker, seen by the clock", ["kind"])
JOBS_OLDEST_S = Gauge(
    "pingzheng_jobs_oldest_seconds", "How long the oldest waiting job waits, seen by the clock", ["kind"]
)
OUTBOX_LAG_S = Gauge(
    "pingzheng_outbox_lag_seconds", "How long the oldest unsent message waits, seen by the clock"
)
OUTBOX_UNSENT = Gauge("pingzheng_outbox_unsent", "Messages that wait to be sent, seen by the clock")
EVENTS_RETRIED = Counter(
    "pingzheng_events_retried", "Events whose handler raised and that were put aside", ["queue"]
)
EVENTS_PARKED = Counter("pingzheng_events_parked", "Events that became dead letters", ["queue"])
POOL_SIZE = Gauge(
    "pingzheng_pool_size", "How many connections to its database a process may have", ["database"]
)
POOL_IN_USE = Gauge("pingzheng_pool_in_use", "Connections to the database that are at work", ["database"])
POOL_WAIT_SECONDS = Histogram(
    "pingzheng_pool_wait_seconds",
    "How long work waited for a connection, counted only when all were at work",
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5),
)
SENT = Counter("pingzheng_outbox_sent", "Messages that the broker confirmed")
NOT_SENT = Counter("pingzheng_outbox_not_sent", "Messages that the broker refused for now", ["fault"])


@dataclass
class Outcome:
    """How a piece of work ended; set by whoever does it."""

    name: str


@contextmanager
def timed(histogram: Histogram, what: str, outcome: str) -> Iterator[Outcome]:
    """Observes how long the block took, under ``what`` and the outcome that it set (``outcome`` unless it did)."""
    start = time.perf_counter()
    ended = Outcome(outcome)
    try:
        yield ended
    finally:
        histogram.labels(what, ended.name).observe(time.perf_counter() - start)

"""The relay of a service: sends its outbox to the broker with confirms. Two at once do no harm.

python -m chassis.relay        with the environment of the service's runtime role
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
import psycopg
import structlog
from amqp.exceptions import AMQPError
from psycopg.rows import dict_row

from chassis import health, logs, metrics
from chassis.settings import Settings

BATCH = 200
POLL_S = 5.0
STALE_S = 30.0
CONFIRM_S = 10.0
log = structlog.get_logger("chassis.relay")

_UNSENT = """
select id, message_id::text, exchange, routing_key, mandatory, headers, convert_to(body::text, 'utf8') as body
from outbox where sent_at is null and not_before <= now() order by id limit %s for update skip locked
"""
_FAILED = """
update outbox set attempts = attempts + 1, last_error = %s,
    not_before = now() + least(interval '5 min', interval '1 s' * 2 ^ least(attempts, 9)) where id = %s
"""


class Publisher:
    """One channel with confirms: a batch is published first and its confirms are awaited together."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = amqp.Connection(
            f"{parts.hostname}:{parts.port or 5672}",
            userid=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            virtual_host=unquote(parts.path[1:]) or "/",
            heartbeat=10,
            connect_timeout=5,
        )
        self._connection.connect()
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._declared: set[str] = set()
        self._last_tag = 0
        self._open: set[int] = set()
        self._faults: dict[int, str] = {}
        self._returned: set[str] = set()

    def _on_ack(self, tag: int, multiple: bool, *_: Any) -> None:
        self._open -= {t for t in self._open if t <= tag} if multiple else {tag}

    def _on_nack(self, tag: int, multiple: bool, *_: Any) -> None:
        refused = {t for t in self._open if t <= tag} if multiple else {tag}
        self._faults.update(dict.fromkeys(refused, "NACK"))
        self._open -= refused

    def _on_return(self, _: Any, __: str, ___: str, message: Any) -> None:
        self._returned.add(message.properties["message_id"])

    def publish(self, rows: list[Mapping[str, Any]]) -> dict[int, str]:
        """Sends the rows; the answer names the faults by row id (NO_ROUTE, NACK). Raises when confirms do not come."""
        self._open, self._faults, self._returned = set(), {}, set()
        tags = {self._send(row): row for row in rows}
        until = time.monotonic() + CONFIRM_S
        while self._open:
            self._connection.drain_events(timeout=max(until - time.monotonic(), 0.001))
        faults = {tags[tag]["id"]: fault for tag, fault in self._faults.items()}
        return faults | {row["id"]: "NO_ROUTE" for row in rows if row["message_id"] in self._returned}

    def _send(self, row: Mapping[str, Any]) -> int:
        if row["exchange"] and row["exchange"] not in self._declared:
            self._channel.exchange_declare(row["exchange"], "topic", durable=True, auto_delete=False)
            self._declared.add(row["exchange"])
        message = amqp.Message(
            row["body"],
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=row["message_id"],
            application_headers=row["headers"],
        )
        self._channel.basic_publish(message, row["exchange"], row["routing_key"], mandatory=row["mandatory"])
        self._last_tag += 1
        self._open.add(self._last_tag)
        return self._last_tag

    def beat(self) -> None:
        """Keeps the heartbeat while there is nothing to send."""
        with contextlib.suppress(TimeoutError):
            self._connection.drain_events(timeout=0.001)
        self._connection.heartbeat_tick()

    def close(self) -> None:
        """Drops the connection without asking the broker, which may be away."""
        self._connection.collect()


def send_batch(database: psycopg.Connection[dict[str, Any]], publisher: Publisher) -> int:
    """Sends up to 200 rows and marks each as sent or failed; returns how many it looked at."""
    with database.transaction():
        rows = database.execute(_UNSENT, (BATCH,)).fetchall()
        faults = publisher.publish(list(rows)) if rows else {}
        sent = [row["id"] for row in rows if row["id"] not in faults]
        if sent:
            database.execute("update outbox set sent_at = now() where id = any(%s)", (sent,))
        metrics.SENT.inc(len(sent))
        for row_id, fault in faults.items():
            metrics.NOT_SENT.labels(fault).inc()
            log.warning("not sent", outbox_id=row_id, fault=fault)
            database.execute(_FAILED, (fault, row_id))
    return len(rows)


class Relay:
    """Sends when NOTIFY wakes it and every five seconds; survives restarts of the broker and of the database."""

    def __init__(self, database_url: str, amqp_url: str) -> None:
        self._database_url = database_url.replace("postgresql+psycopg://", "postgresql://")
        self._amqp_url = amqp_url
        self._database: psycopg.Connection[dict[str, Any]] | None = None
        self._publisher: Publisher | None = None
        self.stopping = False
        self._worked_at = 0.0

    def check(self) -> None:
        """For readiness: raises when the last round, database and broker together, is longer ago than it may be."""
        if time.monotonic() - self._worked_at > STALE_S:
            raise RuntimeError("the relay does not get through")

    def stop(self, _: int = 0, __: FrameType | None = None) -> None:
        """Ends ``run`` after the batch at hand; fit for a signal."""
        self.stopping = True

    def run(self) -> None:
        """Works until it is told to stop."""
        pause = 0.2
        while not self.stopping:
            try:
                self._work()
                pause = 0.2
            except (OSError, AMQPError, psycopg.OperationalError) as fault:
                log.warning("relay waits", fault=f"{type(fault).__name__}: {fault}"[:200], pause_s=pause)
                self._drop()
                time.sleep(pause)
                pause = min(pause * 2, 5)
        self._drop()

    def _work(self) -> None:
        database, publisher = self._connected()
        while not self.stopping and send_batch(database, publisher) == BATCH:
            self._worked_at = time.monotonic()
        self._worked_at = time.monotonic()
        until = self._worked_at + POLL_S
        while not self.stopping and time.monotonic() < until:
            if list(database.notifies(timeout=0.5, stop_after=1)):
                return
            publisher.beat()

    def _connected(self) -> tuple[psycopg.Connection[dict[str, Any]], Publisher]:
        if self._database is None:
            self._database = psycopg.connect(
                self._database_url,
                autocommit=True,
                connect_timeout=5,
                application_name="relay",
                row_factory=dict_row,
            )
            self._database.execute("set statement_timeout = '10s'")
            self._database.execute("listen outbox")
        if self._publisher is None:
            self._publisher = Publisher(self._amqp_url)
        return self._database, self._publisher

    def _drop(self) -> None:
        if self._publisher is not None:
            self._publisher.close()
        if self._database is not None:
            self._database.close()
        self._publisher = self._database = None


def main() -> int:
    """Runs the relay of the service that the environment names."""
    settings = Settings()
    logs.configure(settings.process)
    relay = Relay(settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value())
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, relay.stop)
    health.serve(settings.health_port, {"relay": relay.check})
    relay.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Dead letters: events that a service could not take, in the parking queues beside its event queues.

Looking leaves them where they are; a replay is one confirmed publish to the event queue and then one acknowledgement,
so that a letter may be delivered twice (the inbox drops it) and is never lost.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from amqp.exceptions import NotFound
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Producer

from chassis import bus, context, logs
from contracts.events import EVENTS

MOST_LOOKED_AT = 1000
"""So many letters of one queue are looked at; what lies behind them is seen when they are settled."""
PARKED = ".parked"
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
Before = Callable[["DeadLetter"], None]
"""Called with the letter before anything happens to it: the place of the audit entry."""


@dataclass(frozen=True)
class DeadLetter:
    """A parked event. ``payload`` is masked; ``error`` is what the last attempt raised, ``first_seen`` Unix seconds."""

    id: str
    queue: str
    type: str
    aggregate_id: str
    sequence: int | None
    error: str
    attempts: int
    first_seen: int | None
    request_id: str
    payload: Any


class NotReplayedError(Exception):
    """The event queue is not there (its service never ran): the letter stays parked."""


def event_queues_of(service: str) -> list[str]:
    """The event queues of a service, as the registry of events says."""
    heard = {(event.source, event.type.partition(".")[0]) for event in EVENTS if service in event.consumers}
    return [bus.event_queue_name(source, stream, service) for source, stream in sorted(heard)]


def masked(value: Any) -> Any:
    """A payload without secrets, telephone numbers and identity card numbers (domain.md section 16)."""
    if isinstance(value, dict):
        return {name: masked(each) for name, each in logs.hide_personal_data(None, "", dict(value)).items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, str):
        phone_hidden = logs.hide_personal_data(None, "", {"value": value})["value"]
        return _ID_CARD.sub(r"\1********\2", phone_hidden)
    return value


class DeadLetters:
    """The dead letters of one service; ``queues`` are the names of its event queues."""

    def __init__(self, amqp_url: str, queues: Sequence[str]) -> None:
        self._url = amqp_url
        self._queues = queues

    def list(self) -> list[DeadLetter]:
        """All of them, queue by queue, the oldest first, at most 1,000 of each queue."""
        with self._channel() as channel:
            return [_letter(name, message) for name, message in self._messages(channel)]

    def find(self, letter_id: str) -> DeadLetter | None:
        """One of them; None when it is not (or no longer) parked."""
        return next((letter for letter in self.list() if letter.id == letter_id), None)

    def replay(self, letter_id: str, before: Before) -> bool:
        """Gives a letter to its handler again, with all its attempts; False when it is not there.

        Raises NotReplayedError.
        """
        return self._settle(letter_id, before, "replay")

    def drop(self, letter_id: str, before: Before) -> bool:
        """Throws a letter away for good; False when it is not there."""
        return self._settle(letter_id, before, "drop")

    def _settle(self, letter_id: str, before: Before, how: Literal["replay", "drop"]) -> bool:
        context.leave_process(f"dead letters: {how}")
        with self._channel() as channel:
            for name, message in self._messages(channel):
                letter = _letter(name, message)
                if letter.id != letter_id:
                    continue
                before(letter)
                if how == "replay":
                    _publish(channel, name, message)
                message.ack()
                return True
        return False

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """Closing it gives back what was looked at and not acknowledged."""
        options = {"confirm_publish": True}
        with Connection(self._url, connect_timeout=5, transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1)
            yield connection.channel()

    def _messages(self, channel: Any) -> Iterator[tuple[str, Any]]:
        for name in self._queues:
            parked = Queue(f"{name}{PARKED}", channel=channel)
            for _ in range(_parked_now(channel, parked.name)):
                message = parked.get(no_ack=False)
                if message is None:
                    break
                yield name, message


def _parked_now(channel: Any, name: str) -> int:
    """How many to look at; a queue that nobody declared yet holds none. Asked on a channel that a refusal may end."""
    with channel.connection.client.channel() as asking:
        try:
            count = int(asking.queue_declare(name, passive=True).message_count)
        except NotFound:
            return 0
    return min(count, MOST_LOOKED_AT)


def _publish(channel: Any, queue: str, message: Any) -> None:
    returned: list[str] = []
    producer = Producer(channel, on_return=lambda *_: returned.append(queue))
    headers = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
    producer.publish(
        bytes(message.body) if not isinstance(message.body, str) else message.body,
        routing_key=queue,
        mandatory=True,
        delivery_mode=2,
        headers=headers,
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        message_id=message.properties.get("message_id"),
    )
    if returned:
        raise NotReplayedError(queue)


def _letter(queue: str, message: Any) -> DeadLetter:
    headers = message.headers
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    return DeadLetter(
        id=str(message.properties.get("message_id") or f"sha256-{hashlib.sha256(body).hexdigest()[:32]}"),
        queue=queue,
        type=str(headers.get("type", "")),
        aggregate_id=str(headers.get("aggregate_id", "")),
        sequence=_number(headers.get("sequence")),
        error=str(masked(str(headers.get("x-error", "rejected or killed its consumer")))),
        attempts=_number(headers.get("x-attempt")) or 0,
        first_seen=_number(headers.get("x-first-seen")),
        request_id=str(headers.get("request_id") or ""),
        payload=_payload(body),
    )


def _number(value: Any) -> int | None:
    """Headers of what is no event may hold anything."""
    return value if isinstance(value, int) else None


def _payload(body: bytes) -> Any:
    """What cannot be parsed is described, not shown: nobody knows what it holds."""
    try:
        return masked(json.loads(body))
    except ValueError:
        return f"{len(body)} bytes that are no JSON"

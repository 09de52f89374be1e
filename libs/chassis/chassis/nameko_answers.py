"""How a service answers: over producers that stay open, confirmed by the broker, waiting out its restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kombu.connection import Connection
from kombu.pools import producers
from nameko.exceptions import UnserializableValueError, serialize

from chassis.rpc import EXCHANGE


class Answers:
    """Sends answers on nameko's wire format.

    nameko parses the address of the broker and looks up its pool anew for each answer, and writes each body twice.
    """

    def __init__(self, url: str, retry: Mapping[str, float]) -> None:
        options = {**retry, "connect_retries_timeout": 120, "confirm_publish": True}
        self._producers = producers[Connection(url, transport_options=options)]
        self._retry = dict(retry)

    def send(self, message: Any, result: Any, exc_info: Any) -> None:
        """Answers the request. Raises when the broker stays away for longer than the retries last."""
        error = None if exc_info is None else serialize(exc_info[1])
        with self._producers.acquire(block=True) as producer:
            producer.publish(
                _body(result, error),
                exchange=EXCHANGE,
                routing_key=message.properties["reply_to"],
                correlation_id=message.properties.get("correlation_id"),
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
                retry=True,
                retry_policy=self._retry,
            )


def _body(result: Any, error: Any) -> str:
    try:
        return json.dumps({"result": result, "error": error})
    except (TypeError, ValueError):  # no contract describes such a result, yet its caller must have an answer
        return json.dumps({"result": None, "error": serialize(UnserializableValueError(result))})

"""nameko's consumers without the faults that were measured: nothing is executed twice, lost, or ends the process.

Imported by the nameko entry only, after it has patched the process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nameko.constants
import structlog
from kombu.entity import Exchange
from nameko.amqp.publish import Publisher, get_connection
from nameko.containers import ServiceContainer
from nameko.events import EventHandler
from nameko.exceptions import IncorrectSignature, MethodNotFound
from nameko.messaging import QueueConsumer
from nameko.rpc import Rpc, RpcConsumer

from chassis import bus, metrics
from chassis.inbox import MalformedEventError
from chassis.nameko_answers import Answers

log = structlog.get_logger("chassis.nameko")

# An answer waits about two minutes for a broker that restarts; nameko alone gives up after three tries and dies.
_RETRY = {"max_retries": 60, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 2}
Publisher.retry_policy = _RETRY
for _options in (Publisher.transport_options, nameko.constants.DEFAULT_TRANSPORT_OPTIONS):
    _options.update(_RETRY, connect_retries_timeout=120)


class SafeQueueConsumer(QueueConsumer):  # type: ignore[misc]  # nameko has no types
    """Keeps its channel until every delivered message is settled.

    nameko closes the channel about a second after a stop, so each message at work was executed, never acknowledged,
    and executed again by the next process.
    """

    def __init__(self) -> None:
        super().__init__()
        self._open: set[Any] = set()

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        """kombu's own steps grow to 30 s between two tries."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error, None, interval_start=0.5, interval_step=0.5, interval_max=3
            )
            yield connection

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        self._open.clear()  # a new channel: the broker took the old messages back
        working = consumer_cls(queues=[bus.working_queue(self.container.service_name)], no_ack=True)
        return [*super().get_consumers(consumer_cls, channel), working]

    def handle_message(self, provider: Any, body: Any, message: Any) -> None:
        self._open.add(message)
        super().handle_message(provider, body, message)

    def ack_message(self, message: Any) -> None:
        self._settle(super().ack_message, message)

    def requeue_message(self, message: Any) -> None:
        self._settle(super().requeue_message, message)

    def _settle(self, how: Any, message: Any) -> None:
        try:
            how(message)
        except OSError as fault:  # nameko lets this end the process
            log.warning("not settled, will be delivered again", fault=str(fault)[:200])
        finally:
            self._open.discard(message)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        log.error("undecodable message", key=message.delivery_info.get("routing_key"), fault=str(exc)[:200])
        message.reject(requeue=False)

    def on_iteration(self) -> None:
        self._cancel_consumers_if_requested()
        if not self._consumers and not self._open:
            self.should_stop = True


class SafeRpcConsumer(RpcConsumer):  # type: ignore[misc]  # nameko has no types
    """An answer that cannot be sent is logged and given up; in nameko it ends the process."""

    queue_consumer = SafeQueueConsumer()

    def __init__(self) -> None:
        super().__init__()
        self._methods: dict[str, Any] = {}

    def setup(self) -> None:
        self._answers = Answers(self.container.config["AMQP_URI"], _RETRY)
        super().setup()

    def register_provider(self, provider: Any) -> None:
        self._methods[f"{self.container.service_name}.{provider.method_name}"] = provider
        super().register_provider(provider)

    def get_provider_for_method(self, routing_key: str) -> Any:
        """From a table; nameko puts together the name of each method for each call."""
        provider = self._methods.get(routing_key)
        if provider is None:
            raise MethodNotFound(routing_key.rpartition(".")[2])
        return provider

    def handle_result(self, message: Any, result: Any, exc_info: Any) -> Any:
        try:
            self._answers.send(message, result, exc_info)
        except Exception:
            log.exception("answer not sent", call=message.properties.get("correlation_id"))
        self.queue_consumer.ack_message(message)
        return result, exc_info


class SafeRpc(Rpc):  # type: ignore[misc]  # nameko has no types
    """The entry point of a method."""

    rpc_consumer = SafeRpcConsumer()

    def check_signature(self, args: Any, kwargs: Any) -> None:
        """All our methods take the request alone; nameko inspects the method for each call."""
        if args or set(kwargs) != {"request"}:
            raise IncorrectSignature("takes a request")


class Container(ServiceContainer):  # type: ignore[misc]  # nameko has no types
    """Runs a handler as nameko does, without the names and times for lines of debugging that nobody reads."""

    def _run_worker(self, worker_ctx: Any, handle_result: Any) -> None:
        self._inject_dependencies(worker_ctx)
        self._worker_setup(worker_ctx)
        result = exc_info = None
        try:
            method = getattr(worker_ctx.service, worker_ctx.entrypoint.method_name)
            result = method(*worker_ctx.args, **worker_ctx.kwargs)
        except Exception:
            log.exception("handler failed", handler=worker_ctx.entrypoint.method_name)
            exc_info = sys.exc_info()
        if handle_result is not None:
            result, exc_info = handle_result(worker_ctx, result, exc_info)
        self._worker_result(worker_ctx, result, exc_info)
        del exc_info  # it holds this frame, which holds it
        self._worker_teardown(worker_ctx)


class StreamHandler(EventHandler):  # type: ignore[misc]  # nameko has no types
    """Takes one stream of events from a quorum queue; a failure waits in a side queue, then is parked."""

    queue_consumer = SafeQueueConsumer()

    def __init__(self, source: str, stream: str) -> None:
        self.source, self.stream = source, stream
        super().__init__(source, f"{stream}.*", reliable_delivery=True)

    def setup(self) -> None:
        service = self.container.service_name
        uri = self.container.config["AMQP_URI"]
        self.queue = bus.event_queue(self.source, self.stream, service)
        with get_connection(uri) as connection:
            for side in bus.side_queues(self.queue.name):
                side(connection.default_channel).declare()
        self.publisher = Publisher(uri, exchange=Exchange(""), mandatory=True)
        self.queue_consumer.register_provider(self)

    def handle_message_processed(self, message: Any, _result: Any = None, exc_info: Any = None) -> None:
        # Without a connection the broker has the message back already and delivers it again.
        if exc_info is not None and message.channel.connection and not self._moved(message, exc_info):
            self.queue_consumer.requeue_message(message)
            return
        self.queue_consumer.ack_message(message)

    def _moved(self, message: Any, exc_info: Any) -> bool:
        attempt = int(message.headers.get("x-attempt", 0))
        pauses = bus.EVENT_PAUSES_S
        again = attempt < len(pauses) and not issubclass(exc_info[0], MalformedEventError)
        to = f"{self.queue.name}.retry-{pauses[attempt]}s" if again else f"{self.queue.name}.parked"
        headers = {name: value for name, value in message.headers.items() if not name.startswith("x-death")}
        headers["x-attempt"] = attempt + 1
        headers["x-error"] = f"{exc_info[0].__name__}: {exc_info[1]}"[:500]
        headers.setdefault("x-first-seen", int(time.time()))
        try:
            self.publisher.publish(
                message.payload,
                routing_key=to,
                headers=headers,
                message_id=message.properties.get("message_id"),
            )
        except Exception:
            log.exception("event not moved", to=to)
            return False
        (metrics.EVENTS_RETRIED if again else metrics.EVENTS_PARKED).labels(self.queue.name).inc()
        log.warning("event failed", to=to, attempt=attempt + 1, fault=headers["x-error"])
        return True

"""The names and arguments of queues on the bus, in one place."""

from __future__ import annotations

from collections.abc import Mapping

from kombu.entity import Exchange, Queue

EVENT_PAUSES_S = (5, 30, 120, 600)
"""How long a failed event waits before it is tried again; then it is parked."""
DELIVERY_LIMIT = 3
REPLY_EXPIRES_MS = 60_000


def quorum(dead_letters_to: str | None = None, more: Mapping[str, object] | None = None) -> dict[str, object]:
    """Arguments of a quorum queue that loses nothing: refused when full, dead letters at least once."""
    arguments: dict[str, object] = {"x-queue-type": "quorum", "x-overflow": "reject-publish"}
    if dead_letters_to:
        arguments["x-dead-letter-exchange"] = ""
        arguments["x-dead-letter-routing-key"] = dead_letters_to
        arguments["x-dead-letter-strategy"] = "at-least-once"
    return {**arguments, **(more or {})}


def event_queue_name(source: str, stream: str, consumer: str) -> str:
    """The queue on which a service takes the events of one stream of another."""
    return f"evt-{source}-{stream}--{consumer}"


def event_exchange(source: str) -> Exchange:
    """The exchange on which a service's events are published."""
    return Exchange(f"{source}.events", type="topic", durable=True, auto_delete=False)


def event_queue(source: str, stream: str, consumer: str) -> Queue:
    """The queue itself; what is rejected or kills its consumer three times is parked."""
    name = event_queue_name(source, stream, consumer)
    arguments = quorum(f"{name}.parked", {"x-delivery-limit": DELIVERY_LIMIT})
    return Queue(name, event_exchange(source), f"{stream}.*", durable=True, queue_arguments=arguments)


def side_queues(name: str) -> list[Queue]:
    """The parking place of an event queue and its waiting rooms, which give back by themselves."""
    waiting = [
        Queue(
            f"{name}.retry-{pause}s",
            durable=True,
            queue_arguments=quorum(name, {"x-message-ttl": pause * 1000}),
        )
        for pause in EVENT_PAUSES_S
    ]
    return [Queue(f"{name}.parked", durable=True, queue_arguments=quorum()), *waiting]


def rpc_queue_names(service: str) -> tuple[str, str]:
    """The queue of a service's calls (its name is nameko's), and the one that shows who still works at some."""
    return f"rpc-{service}", f"rpc-{service}.working"


def working_queue(service: str) -> Queue:
    """Carries nothing: its consumers are the processes of the service, and it goes with the last of them."""
    _, name = rpc_queue_names(service)
    return Queue(name, durable=True, auto_delete=True)


def wake_up_queue_of(name: str) -> Queue:
    """A queue of bare wake-ups: what waits longer than a minute wakes nobody, for workers also look by themselves."""
    return Queue(
        name, durable=True, queue_arguments=quorum(None, {"x-message-ttl": 60_000, "x-overflow": "drop-head"})
    )

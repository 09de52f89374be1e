"""An event is a fact that others may act on. Each class names its source, its type and who must consume it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Base of all events: small, additive, and about one application."""

    model_config = ConfigDict(frozen=True)

    source: ClassVar[str]
    type: ClassVar[str]
    consumers: ClassVar[tuple[str, ...]] = ()
    """Services whose queues must exist; an event without any is published without `mandatory`."""

    application_id: str

    def aggregate_id(self) -> str:
        """The thing that the event is about."""
        return self.application_id

    def stream_id(self) -> str:
        """The numbered stream: events of one kind of thing (``application``, ``photos``) about one of them."""
        return f"{self.type.partition('.')[0]}:{self.aggregate_id()}"

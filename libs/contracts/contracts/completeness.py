"""What is missing before an application can be submitted; each service tells its share (一次性告知)."""

from __future__ import annotations

from pydantic import Field

from contracts.call import Message


class CompletenessFault(Message):
    """``count`` cylinders (or documents, or fields) lack something; ``sample`` names the first of them."""

    code: str
    message: str
    count: int
    sample: list[str] = Field(default_factory=list)


class Completeness(Message):
    """Complete when there is no fault."""

    complete: bool
    faults: list[CompletenessFault] = Field(default_factory=list)

    @classmethod
    def of(cls, faults: list[CompletenessFault]) -> Completeness:
        """The answer that these faults make."""
        return cls(complete=not faults, faults=faults)

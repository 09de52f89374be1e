"""The base of all bodies: strict about types, indifferent to fields that it does not know."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""The version that the caller saw."""
Size = Annotated[int, Field(ge=1, le=2**40)]
"""Bytes of a file; whether it is too large is the service's answer."""


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for part in value.values())
    return isinstance(value, list) and any(_has_nul(part) for part in value)


class Body(BaseModel):
    """A JSON body. "1" is no number here and 1 is no text; PostgreSQL stores no U+0000, so no text holds it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, given: Any) -> Any:
        if _has_nul(given):
            raise PydanticCustomError("nul", "contains U+0000")
        return given

"""Parameters that many routes share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, StringConstraints

Id = Annotated[str, Path(min_length=1, max_length=64)]


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


EmptyIsNone = BeforeValidator(_none_if_empty)
"""``?state=`` means the same as leaving it out."""
Short = Annotated[str, StringConstraints(max_length=1000)]
"""Text of a query; the contract of the call knows the limit that counts."""


class Paging(BaseModel):
    """Which page of a list."""

    limit: int
    cursor: str | None


async def _paging(
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数")] = 50,
    cursor: Annotated[Short | None, EmptyIsNone, Query(description="上一页的next_cursor")] = None,
) -> Paging:
    return Paging(limit=limit, cursor=cursor)


Pages = Annotated[Paging, Depends(_paging)]

"""What can be done without: a part that can not be had just now leaves a gap instead of an error."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from contracts.errors import AppError

Part = TypeVar("Part")
Otherwise = TypeVar("Otherwise")


def passing(fault: AppError) -> bool:
    """Whether it may be gone in a moment: no refusal of what was asked."""
    return fault.status >= 500 or fault.code == "PREPARING"


async def spared(asked: Awaitable[Part], otherwise: Otherwise) -> Part | Otherwise:
    """The reply, or ``otherwise`` while it can not be had. Raises every other refusal."""
    try:
        return await asked
    except AppError as fault:
        if not passing(fault):
            raise
        return otherwise

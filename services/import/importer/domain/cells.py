"""What a cell of a workbook is: its text and, where it was not plain text, its kind."""

from __future__ import annotations

from enum import IntEnum
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Kind(IntEnum):
    """Kinds of cells that are not plain text. A reader sends no kind for text and for empty cells."""

    NUMBER = 1
    DATE = 2
    FORMULA = 3  # a formula without a stored result; its text is the formula
    OTHER = 4  # true and false, times of day


class Cell(NamedTuple):
    """One cell as typed: numbers as their shortest digits (from 1e15 on as 1.5E+15), dates as YYYY-MM-DD."""

    text: str
    kind: int = 0


class Reading(NamedTuple, Generic[T]):
    """What a cell means: a value, or the code of the fault; neither when the cell is empty."""

    value: T | None = None
    fault: str | None = None

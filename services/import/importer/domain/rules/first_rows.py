"""Which row of a workbook first held a key, over all batches of it, in little memory (20 bytes a key)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
_SEEDS = (0x5EED1, 0x5EED2)


class FirstRows:
    """Remembers keys of 128 bits, sorted by their upper half, each with the row that held it first.

    Rows are numbers as told to people; whoever calls may give them a sign. Two keys that differ are never called the
    same. Two equal ones could only be missed beside a third that shares their upper 64 bits; the unique index of the
    database, which decides in the end, would still find them.
    """

    def __init__(self) -> None:
        self._high: U64 = np.empty(0, np.uint64)
        self._low: U64 = np.empty(0, np.uint64)
        self._rows: I32 = np.empty(0, np.int32)

    def first_of(self, keys: pl.Series, rows: pl.Series) -> pl.Series:
        """For each key the row that held it before, or null: in an earlier batch or earlier in this one.

        ``keys`` are 16 bytes or texts; a null key takes no part.
        """
        there = keys.is_not_null()
        high, low = _halves(keys.filter(there))
        numbers = rows.filter(there).to_numpy().astype(np.int32)
        order = np.argsort(high, kind="stable")
        first = self._earlier(high[order], low[order], numbers[order])
        found = np.zeros(len(order), np.int32)
        found[order] = first
        result = pl.repeat(0, keys.len(), dtype=pl.Int32, eager=True).scatter(there.arg_true(), found)
        return result.replace(0, None)

    def _earlier(self, high: U64, low: U64, rows: I32) -> I32:
        """First rows of sorted keys (0: it is the first itself); new keys are taken in."""
        leader = _leaders(high, low)
        place = np.searchsorted(self._high, high)
        near = np.minimum(place, max(len(self._high) - 1, 0))
        if len(self._high):
            known = (place < len(self._high)) & (self._high[near] == high) & (self._low[near] == low)
            before = np.where(known, self._rows[near], 0)
        else:
            known, before = np.zeros(len(high), bool), np.zeros(len(high), np.int32)
        within = np.where(leader == np.arange(len(high)), 0, rows[leader])
        new = ~known & (within == 0)
        self._high = np.insert(self._high, place[new], high[new])
        self._low = np.insert(self._low, place[new], low[new])
        self._rows = np.insert(self._rows, place[new], rows[new])
        return np.where(known, before, within).astype(np.int32, copy=False)


def _halves(keys: pl.Series) -> tuple[U64, U64]:
    if keys.dtype == pl.Binary:
        joined = np.frombuffer(b"".join(keys.to_list()), dtype=">u8").astype(np.uint64)
        return joined[0::2], joined[1::2]
    high, low = (keys.hash(seed).to_numpy() for seed in _SEEDS)
    return high, low


def _leaders(high: U64, low: U64) -> npt.NDArray[np.intp]:
    """For each of the sorted keys the index of the first equal one beside it."""
    if not len(high):
        return np.empty(0, np.intp)
    starts = np.r_[True, (high[1:] != high[:-1]) | (low[1:] != low[:-1])]
    leaders: npt.NDArray[np.intp] = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    return leaders

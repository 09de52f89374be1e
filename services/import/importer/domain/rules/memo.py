"""A scalar reading of cells over whole columns: each different cell is read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from importer.domain.cells import Cell

_KEPT = 50_000
"""How many different cells of one column are remembered between batches; bounds the memory."""


class Memo:
    """Reads a column by a function of one cell.

    ``read`` gives one tuple per cell; ``outputs`` names and types its fields. Columns of a workbook repeat a few
    values, so the function runs some dozen times for 20,000 rows.
    """

    def __init__(self, read: Callable[[Cell], tuple[Any, ...]], outputs: Mapping[str, Any]) -> None:
        self._read = read
        self._outputs = dict(outputs)
        self._known: dict[Cell, tuple[Any, ...]] = {}

    def apply(self, texts: pl.Series, kinds: pl.Series | None) -> pl.DataFrame:
        """One row of outputs per text; kinds are null for plain text. A null text gives nulls."""
        cells = pl.DataFrame({"text": texts})
        on = ["text"]
        if kinds is not None and kinds.null_count() < kinds.len():
            cells = cells.with_columns(kinds.fill_null(0).alias("kind"))
            on = ["text", "kind"]
        return cells.join(
            self._table(cells.unique().drop_nulls("text")), on=on, how="left", maintain_order="left"
        ).drop(on)

    def _table(self, cells: pl.DataFrame) -> pl.DataFrame:
        if len(self._known) > _KEPT:
            self._known.clear()
        rows = [self._once(Cell(*row)) for row in cells.iter_rows()]
        return cells.hstack(pl.DataFrame(rows, schema=self._outputs, orient="row").get_columns())

    def _once(self, cell: Cell) -> tuple[Any, ...]:
        known = self._known.get(cell)
        if known is None:
            known = self._known[cell] = self._read(cell)
        return known

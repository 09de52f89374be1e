"""The rows of a workbook as they were read, kept on disk until it is known which of them the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl


class Spill:
    """Batches in a folder, one small compressed file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[tuple[int, Path]] = []
        self._schema: dict[str, pl.DataType] = {}

    def add(self, batch: pl.DataFrame) -> None:
        """Keeps a batch; columns without any value take no room."""
        self._schema = dict(batch.schema)
        filled = [name for name in batch.columns if batch[name].null_count() < batch.height]
        path = self._folder / f"{len(self._files)}.arrow"
        batch.select(filled).write_ipc(path, compression="lz4")
        self._files.append((int(batch["row_no"][-1]), path))

    def rows(self, row_nos: pl.Series) -> Iterator[pl.DataFrame]:
        """The rows of these numbers (sorted), batch by batch, with all their columns."""
        first = 0
        for last, path in self._files:
            wanted = row_nos.filter((row_nos >= first) & (row_nos <= last))
            first = last + 1
            if wanted.is_empty():
                continue
            kept = pl.read_ipc(path).filter(pl.col("row_no").is_in(wanted.implode()))
            missing = [name for name in self._schema if name not in kept.columns]
            yield kept.with_columns(pl.lit(None, self._schema[name]).alias(name) for name in missing)

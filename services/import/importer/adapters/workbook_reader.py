"""Reading a workbook in batches, by a process of its own, while this one works on the batch before."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import polars as pl
import pyarrow as pa
import structlog

from importer.adapters.prefetch import Prefetched
from importer.adapters.workbook_file import MIB, FaultMaker, ReaderLimits, check_file
from importer.domain.codes import FileFault
from importer.domain.columns import SEQUENCE
from importer.domain.references import References

log = structlog.get_logger()

BATCH_ROWS = 5_000
"""Rows of a batch. At 20,000 worker and reader held 100 MB more for the same processor time."""
_AHEAD = 2  # batches that wait; without them the pipe of 64 KiB makes both processes wait for each other
_PIPE = 1024 * 1024
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "COVERAGE_PROCESS_CONFIG", "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "ARROW_DEFAULT_MEMORY_POOL",
)  # fmt: skip


class ReaderBroken(Exception):
    """The reading process ended in a way that says nothing of the file; its last words are the text."""


class Workbook:
    """An open workbook: what its head says, and its batches.

    ``last_row`` is the last row as the sheet declares it (0: unknown), good for progress only. ``warnings`` are
    (code, message); W02 joins them when all rows were read. ``process`` is the one that reads.
    """

    def __init__(
        self, head: dict[str, Any], stream: _Stream, references: References, limits: ReaderLimits
    ) -> None:
        self.sheet: str = head["sheet"]
        self.other_sheet: bool = head["other_sheet"]
        self.date1904: bool = head["date1904"]
        self.last_row: int = head["last_row"]
        self.rows = 0
        self.hidden = 0
        self._codes = references.codes
        self._fault = FaultMaker(references.codes)
        self._limits = limits
        self._stream = stream
        self.process = stream.process
        self._marks = [c.code_name for c in references.columns if c.code_name != SEQUENCE]
        self._unknown: list[str] = head["unknown"]

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """W01 for each unknown heading, W02 for hidden rows."""
        found = [("W01", self._codes["W01"].text(heading=heading)) for heading in self._unknown]
        return found + ([("W02", self._codes["W02"].text(count=self.hidden))] if self.hidden else [])

    @property
    def codes(self) -> Counter[str]:
        """How often each warning of the file stands: headings for W01, rows for W02."""
        return +Counter(W01=len(self._unknown), W02=self.hidden)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Batches of rows that hold anything beside 序号; empty cells are null. Faults: E40, E42, E46, E49."""
        for batch in self._stream.batches():
            rows = self._with_content(batch)
            self.rows += rows.height
            if self.rows > self._limits.max_rows:
                raise self._fault("E42", max=f"{self._limits.max_rows:,}")
            self.hidden += int(rows["hidden"].sum() or 0)
            if rows.height:
                yield rows.drop("hidden")
        if self.rows == 0:
            raise self._fault("E46")

    def _with_content(self, batch: pl.DataFrame) -> pl.DataFrame:
        texts = [name for name, dtype in batch.schema.items() if dtype == pl.String]
        rows = batch.with_columns(
            pl.when(pl.col(name).str.len_bytes() > 0).then(pl.col(name)).alias(name) for name in texts
        )
        doubtful = rows.filter(~pl.col("serial_no").str.contains(r"\S").fill_null(value=False))
        if doubtful.is_empty():
            return rows
        blank = ~pl.any_horizontal(
            pl.col(name).str.contains(r"\S").fill_null(value=False) for name in self._marks
        )
        return rows.join(
            doubtful.filter(blank).select("row_no"), on="row_no", how="anti", maintain_order="left"
        )


@contextmanager
def read_workbook(path: Path, references: References, limits: ReaderLimits) -> Iterator[Workbook]:
    """Check the file, start reading it, and end the reading process whatever happens.

    Raises :class:`FileFault` for what is wrong with the file, here or from ``batches``.
    """
    fault = FaultMaker(references.codes)
    check_file(path, limits, fault)
    with (
        _reading_process(path, references, limits) as (process, words),
        _Stream(process, words, fault, limits) as stream,
    ):
        yield Workbook(stream.head(), stream, references, limits)


@contextmanager
def _reading_process(
    path: Path, references: References, limits: ReaderLimits
) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    order = {
        "path": str(path),
        "columns": [asdict(column) for column in references.columns],
        "batch_rows": BATCH_ROWS,
        "memory": limits.memory,
        "parent": os.getpid(),
    }
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "importer.adapters.reader_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},  # no secret among them
        )
        with process:
            if process.stdin is None or process.stdout is None:
                raise ReaderBroken("no pipes")
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
            process.stdin.write(json.dumps(order).encode())
            process.stdin.close()
            try:
                yield process, words
            finally:
                process.kill()


class _Stream:
    """The output of the reading process, fetched ahead by a thread."""

    def __init__(
        self, process: subprocess.Popen[bytes], words: Any, fault: FaultMaker, limits: ReaderLimits
    ) -> None:
        self.process, self._words, self._fault, self._limits = process, words, fault, limits
        self._ahead = Prefetched(self._items(), _AHEAD, limits.seconds)
        self._output = iter(self._ahead)

    def __enter__(self) -> Self:
        self._ahead.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        """End the process and the thread, however much is unread."""
        self.process.kill()
        self._ahead.__exit__(*exc)

    def head(self) -> dict[str, Any]:
        """What the file is."""
        head = self._next()
        if not isinstance(head, dict):
            raise ReaderBroken("no head")
        return head

    def batches(self) -> Iterator[pl.DataFrame]:
        """The batches, to the end of the sheet."""
        while isinstance(item := self._next(), pl.DataFrame):
            yield item

    def _next(self) -> dict[str, Any] | pl.DataFrame | None:
        try:
            return next(self._output, None)
        except TimeoutError:
            raise self._fault("E49", max=self._limits.max_unpacked // MIB) from None

    def _items(self) -> Iterator[dict[str, Any] | pl.DataFrame]:
        out = self.process.stdout
        head = self._said(out)
        if "sheet" not in head:
            raise self._told(head)
        yield head
        try:
            with pa.ipc.open_stream(out) as stream:
                for batch in stream:
                    yield _frame(batch)
        except (pa.ArrowInvalid, OSError):
            raise self._death() from None
        ending = self._said(out)
        if ending["fault"]:
            raise self._told(ending)

    def _said(self, out: Any) -> dict[str, Any]:
        line: bytes = out.readline()
        if not line.endswith(b"\n"):
            raise self._death()
        said: dict[str, Any] = json.loads(line)
        return said

    def _told(self, said: dict[str, Any]) -> FileFault:
        values = {"max": self._limits.memory // MIB} | said["fault"]["values"]
        return self._fault(said["fault"]["code"], **values)

    def _death(self) -> Exception:
        """What a reading process without a last word died of: too much memory, a file that broke it, or a bug."""
        died = self.process.wait()
        self._words.seek(0)
        words = self._words.read()[-2000:].decode(errors="replace")
        log.warning("reading process ended", returncode=died, words=words)
        if died == -signal.SIGKILL or "memory allocation" in words:
            return self._fault("E49", max=self._limits.memory // MIB)
        return self._fault("E40") if died < 0 else ReaderBroken(words)


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a batch is a frame")
    return frame

"""The process that reads a workbook: a hostile file can only end this process.

Standard input: one JSON object (:class:`ReadingOrder`). Standard output: one line of JSON (what the file is, or its
fault), then, when the file can be read, an Arrow stream of batches, then one line of JSON that says how it ended.
It knows no database, no broker and no secret.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from python_calamine_plus import CalamineError, CalamineWorkbook, PasswordError

from importer.adapters.cell_text import arrays_of, arrays_of_cells
from importer.adapters.sheet_choice import ChosenSheet, choose_sheet, other_version
from importer.adapters.sheet_scan import SheetScan
from importer.domain.columns import EXTRA_HEADINGS, SHEET_NAME, Column, is_hint
from importer.domain.rules.kinds import KIND

_CHUNK = 500  # rows fetched in one call; the interpreter is not free for others during it
_PR_SET_PDEATHSIG = 1
_ROW_NUMBER = pa.field("row_no", pa.int32())


@dataclass(frozen=True)
class ReadingOrder:
    """What the parent asks for."""

    path: str
    columns: tuple[Column, ...]
    batch_rows: int
    memory: int
    parent: int

    @classmethod
    def from_json(cls, text: str) -> ReadingOrder:
        """The order that the parent wrote."""
        order = json.loads(text)
        return cls(**order | {"columns": tuple(Column(**column) for column in order["columns"])})


class Unreadable(Exception):
    """The file has a fault: its code and the values of its text."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.fault = {"code": code, "values": values}


def _fault(code: str) -> dict[str, Any]:
    return {"fault": {"code": code, "values": {}}}


def main() -> None:
    """Read one workbook as ordered and end."""
    order = ReadingOrder.from_json(sys.stdin.read())
    _end_with(order.parent)
    resource.setrlimit(resource.RLIMIT_AS, (order.memory, order.memory))
    out = sys.stdout.buffer
    ending: dict[str, Any] = {"fault": None}
    try:
        read(order, out)
    except Unreadable as unreadable:
        ending = {"fault": unreadable.fault}
    except PasswordError:
        ending = _fault("E47")
    except CalamineError:
        ending = _fault("E40")
    except MemoryError:
        ending = _fault("E49")
    except BaseException as broken:
        if type(broken).__name__ != "PanicException":  # what the library's own code throws when it gives up
            raise
        ending = _fault("E40")
    _say(out, ending)
    out.flush()


def read(order: ReadingOrder, out: BinaryIO) -> None:
    """Say what the file is, then send its rows. Faults: E40, E43, E44, E45."""
    with CalamineWorkbook.from_path(order.path) as workbook:
        if version := other_version(workbook):
            raise Unreadable("E45", version=version)
        sheet = _sound(choose_sheet(workbook, order.columns))
        scan = SheetScan(Path(order.path), sheet.name)
        scan.start()
        scan.wait_for_start()
        _say(
            out,
            {
                "sheet": sheet.name,
                "other_sheet": sheet.name != SHEET_NAME,
                "unknown": sheet.headings.unknown,
                "date1904": workbook.epoch_1904,
                "last_row": scan.last_row,
            },
        )
        rows = SheetRows(workbook, sheet, order, scan)
        with pa.ipc.new_stream(out, rows.schema) as stream:
            for batch in rows.batches():
                stream.write_batch(batch)


def _sound(sheet: ChosenSheet | None) -> ChosenSheet:
    if sheet is None:
        raise Unreadable("E40")
    if sheet.headings.missing:
        raise Unreadable("E43", headings="、".join(sheet.headings.missing))
    if sheet.headings.repeated:
        raise Unreadable("E44", heading=sheet.headings.repeated[0])
    return sheet


class SheetRows:
    """The rows of a sheet as batches: texts, kinds of what is no text, numbers of rows as Excel counts them."""

    def __init__(
        self, workbook: CalamineWorkbook, sheet: ChosenSheet, order: ReadingOrder, scan: SheetScan
    ) -> None:
        names = [*(column.cells for column in order.columns), *EXTRA_HEADINGS.values()]
        self._places = [sheet.headings.positions.get(_heading_name(name)) for name in names]
        self._workbook, self._sheet, self._order, self._scan = workbook, sheet, order, scan
        texts = [pa.field(name, pa.string()) for name in names]
        kinds = [pa.field(KIND + name, pa.uint8()) for name in names]
        self.schema = pa.schema([_ROW_NUMBER, pa.field("hidden", pa.bool_()), *texts, *kinds])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows below the heading that hold anything."""
        first = 3 if self._has_hint() else 2
        rich = False
        rows = self._stream(first, rich)
        while chunk := self._take(rows):
            if not rich and not self._scan.plain_through(first + len(chunk) - 1):
                rich = True
                rows = self._stream(first, rich)
                continue
            yield from self._batch(first, chunk, rich)
            first += len(chunk)

    def _has_hint(self) -> bool:
        place = self._sheet.headings.positions["variety_name"]
        row = next(iter(self._rows(1, 1, rich=False)), [])
        return len(row) > place and is_hint(str(row[place]), self._order.columns)

    def _stream(self, first_row: int, rich: bool) -> Iterator[Sequence[Any]]:
        return self._rows(first_row - 1, None, rich)

    def _rows(self, first: int, last: int | None, rich: bool) -> Iterator[Sequence[Any]]:
        widest = max(self._sheet.headings.positions.values())  # one stray cell far right would pad every row
        return iter(
            self._workbook.stream_sheet_by_index(
                self._sheet.index, rich=rich, min_row=first, max_row=last, max_col=widest
            )
        )

    def _take(self, rows: Iterator[Sequence[Any]]) -> list[Sequence[Any]]:
        taken: list[Sequence[Any]] = []
        while len(taken) < self._order.batch_rows and (some := list(islice(rows, _CHUNK))):
            taken += some
        return taken

    def _batch(self, first: int, rows: list[Sequence[Any]], rich: bool) -> Iterator[pa.RecordBatch]:
        if rich:
            kept = [i for i, row in enumerate(rows) if any(cell.value != "" or cell.formula for cell in row)]
        else:
            kept = [i for i, row in enumerate(rows) if row.count("") < len(row)]
        if not kept:
            return
        numbers = [first + i for i in kept]
        columns = list(zip(*(rows[i] for i in kept), strict=True))
        make = arrays_of_cells if rich else arrays_of
        empty = pa.nulls(len(kept), pa.string()), pa.nulls(len(kept), pa.uint8())
        arrays = [make(columns[place]) if place is not None else empty for place in self._places]
        texts, kinds = zip(*arrays, strict=True)
        yield pa.record_batch(
            [pa.array(numbers, pa.int32()), self._hidden(numbers), *texts, *kinds], schema=self.schema
        )

    def _hidden(self, numbers: list[int]) -> pa.Array:
        self._scan.known_through(numbers[-1])
        if not self._scan.hidden:
            return pa.nulls(len(numbers), pa.bool_())
        return pa.array([number in self._scan.hidden for number in numbers], pa.bool_())


def _heading_name(cells: str) -> str:
    return "row_no" if cells == "sequence" else cells


def _say(out: BinaryIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")


def _end_with(parent: int) -> None:
    """A worker that is killed must not leave its reader behind."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked to be told
        sys.exit(1)


if __name__ == "__main__":
    main()

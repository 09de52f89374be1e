"""Very many rows of text for a sheet that openpyxl made: written as XML and put below its rows when it is saved.

openpyxl needs a minute for 100,000 rows of 29 cells, this two seconds; what else a workbook has stays openpyxl's.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

_END = b"</sheetData>"
_CHUNK = 1024 * 1024


class LongRows:
    """The rows of one sheet, compressed in a file of ``folder`` until :func:`save` puts them in their place.

    ``sheet_no`` counts the sheets of the workbook from 1, ``width`` the cells of the widest row.
    """

    def __init__(self, folder: Path, sheet_no: int, width: int) -> None:
        self.part = f"xl/worksheets/sheet{sheet_no}.xml"
        self._letters = [get_column_letter(i + 1) for i in range(width)]
        self._path = folder / f"rows{sheet_no}.gz"
        self._file = gzip.open(self._path, "wt", encoding="utf-8", compresslevel=1)  # noqa: SIM115 - open until saved

    def append(self, row_no: int, cells: Iterable[tuple[str, int]]) -> None:
        """One row: texts with the numbers of their styles; an empty text without a style is no cell."""
        xml = [f'<row r="{row_no}">']
        for letter, (text, style) in zip(self._letters, cells, strict=False):
            if text:
                xml.append(
                    f'<c r="{letter}{row_no}" s="{style}" t="inlineStr">'
                    f'<is><t xml:space="preserve">{escape(text)}</t></is></c>'
                )
            elif style:
                xml.append(f'<c r="{letter}{row_no}" s="{style}"/>')
        xml.append("</row>")
        self._file.write("".join(xml))

    def close(self) -> None:
        """No more rows come."""
        self._file.close()

    def copy_to(self, target: IO[bytes]) -> None:
        """The rows as XML."""
        with gzip.open(self._path, "rb") as rows:
            shutil.copyfileobj(rows, target, _CHUNK)


def save(workbook: Workbook, path: Path, more: Sequence[LongRows]) -> None:
    """Saves the workbook with these rows below those that it has."""
    head = path.with_name(f"{path.name}.head")
    workbook.save(head)
    below = {rows.part: rows for rows in more}
    with (
        zipfile.ZipFile(head) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for entry in old.infolist():
            if entry.filename not in below:
                new.writestr(entry.filename, old.read(entry))
                continue
            rows = below[entry.filename]
            rows.close()
            before, end, after = old.read(entry).partition(_END)
            if not end:
                raise ValueError(f"{entry.filename} holds no row")
            with new.open(entry.filename, "w", force_zip64=True) as part:
                part.write(before)
                rows.copy_to(part)
                part.write(end + after)
    head.unlink()

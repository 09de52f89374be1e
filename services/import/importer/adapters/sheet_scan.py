"""A quick look through the bytes of a sheet for what the fast way of reading does not tell.

Reading cells with their formulas takes twice as long, so it is only done from the first row on that may have one.
This look runs in a thread of the reading process, ahead of the rows.
"""

from __future__ import annotations

import re
import threading
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

from importer.adapters.workbook_file import BROKEN_ZIP

_CHUNK = 1024 * 1024
_LONGEST_ROW = 64 * _CHUNK
_SMALL = 8 * 1024 * 1024  # no workbook.xml is larger
_DATA = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData")
_DIMENSION = re.compile(rb"dimension [^>]*ref=[\"'][A-Z]+[0-9]+:[A-Z]+([0-9]+)[\"']")
_ROW_NUMBER = re.compile(rb"[\s]r=[\"']([0-9]{1,7})[\"']")
_HIDDEN = re.compile(rb"[\s]hidden=[\"'](?:1|true)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def sheet_part(archive: zipfile.ZipFile, sheet_name: str) -> str | None:
    """The name of the zip entry that holds a sheet, or None when the workbook is written in an unusual way."""
    try:
        targets = {
            element.get("Id"): element.get("Target", "")
            for element in _parse(archive, "xl/_rels/workbook.xml.rels").iter()
        }
        for element in _parse(archive, "xl/workbook.xml").iter():
            if element.tag.endswith("}sheet") and element.get("name") == sheet_name:
                target = targets[element.get(_RELATION) or element.get(_STRICT_RELATION)]
                return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    except (KeyError, ET.ParseError, ValueError):
        return None
    return None


def _parse(archive: zipfile.ZipFile, name: str) -> ET.Element:
    if archive.getinfo(name).file_size > _SMALL:
        raise ValueError(f"{name} is too large")
    # Document types, which could declare entities, were refused before (workbook_file).
    return ET.fromstring(archive.read(name))  # noqa: S314


class SheetScan(threading.Thread):
    """Looks for formulas and hidden rows, from the top.

    ``last_row`` is the last row that the sheet says it has, 0 when it does not say.
    """

    def __init__(self, path: Path, sheet_name: str) -> None:
        super().__init__(daemon=True)
        self.hidden: set[int] = set()
        self.last_row = 0
        self._path = path
        self._sheet = sheet_name
        self._seen_through = 0
        self._formula = False
        self._begun = threading.Event()
        self._news = threading.Condition()
        self._done = False

    def run(self) -> None:
        """Look through the sheet; what cannot be looked through counts as having formulas."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                part = sheet_part(archive, self._sheet)
                if part is None:
                    self._report(formula=True)
                    return
                self._look_through(archive, part)
        except BROKEN_ZIP:
            self._report(formula=True)  # the reader will say what is broken
        finally:
            self._begun.set()
            self._report(done=True)

    def wait_for_start(self) -> None:
        """Wait until the head of the sheet was seen."""
        self._begun.wait()

    def plain_through(self, row: int) -> bool:
        """Whether no cell up to ``row`` can hold a formula; waits until that is known."""
        with self._news:
            self._news.wait_for(lambda: self._done or self._formula or self._seen_through >= row)
            return not self._formula

    def known_through(self, row: int) -> None:
        """Wait until the hidden rows up to ``row`` are known."""
        with self._news:
            self._news.wait_for(lambda: self._done or self._seen_through >= row)

    def _look_through(self, archive: zipfile.ZipFile, part: str) -> None:
        with archive.open(part) as sheet:
            rest = sheet.read(_CHUNK)
            prefix = _DATA.search(rest)
            if prefix is None:
                self._report(formula=True)
                return
            if dimension := _DIMENSION.search(rest, 0, prefix.start()):
                self.last_row = int(dimension[1])
            self._begun.set()
            start, end = b"<" + prefix[1] + b"row", b"</" + prefix[1] + b"f>"
            while chunk := sheet.read(_CHUNK):
                rest = self._look_at(rest, start, end) + chunk
            self._look_at(rest + start, start, end)

    def _look_at(self, seen: bytes, start: bytes, end: bytes) -> bytes:
        """Look at all complete rows; gives back the last, incomplete one."""
        cut = seen.rfind(start)
        if cut <= 0:
            return seen if len(seen) < _LONGEST_ROW else self._too_long(seen)
        rows = seen[:cut]
        if b"hidden=" in rows:
            self._note_hidden(rows, start)
        last = _ROW_NUMBER.search(rows, max(rows.rfind(start), 0))
        self._report(
            formula=end in rows or (last is None and start in rows), through=int(last[1]) if last else 0
        )
        return seen[cut:]

    def _too_long(self, seen: bytes) -> bytes:
        """No person made this row: read it the slow way rather than keep it here."""
        self._report(formula=True)
        return seen[-len("</x:row>") * 8 :]

    def _note_hidden(self, rows: bytes, start: bytes) -> None:
        for tag in re.finditer(re.escape(start) + rb"[\s][^>]*>", rows):
            if _HIDDEN.search(tag[0]) and (number := _ROW_NUMBER.search(tag[0])):
                self.hidden.add(int(number[1]))

    def _report(self, *, formula: bool = False, through: int = 0, done: bool = False) -> None:
        with self._news:
            self._formula = self._formula or formula
            self._seen_through = max(self._seen_through, through)
            self._done = self._done or done
            self._news.notify_all()

"""What a workbook file must be before anything reads it: the first bytes, the entries of the zip, their sizes."""

from __future__ import annotations

import lzma
import mmap
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importer.domain.codes import FileFault, ImportCode

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, .et, and .xlsx with a password
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACRO_PARTS = ("vbaproject.bin", "xl/macrosheets/")
_NEEDED = ("[content_types].xml", "xl/workbook.xml")
_STRINGS = "xl/sharedstrings.xml"
_HEAD = 4096  # where a document type would have to stand
MIB = 1024 * 1024
BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, ValueError, RuntimeError, EOFError, KeyError
)  # fmt: skip
"""Whatever the library of zip files raises over a damaged one (an unknown method is a RuntimeError)."""


@dataclass(frozen=True)
class ReaderLimits:
    """What a workbook may cost. The first two are limits of the law's kind (domain.md section 2), the rest ours."""

    max_bytes: int = 200 * MIB
    max_rows: int = 1_000_000
    max_unpacked: int = 4096 * MIB
    max_strings: int = 512 * MIB  # the shared texts stay in memory while a sheet is read
    memory: int = 2048 * MIB  # address space of the process that reads
    seconds: float = 120.0  # between two batches


class FaultMaker:
    """Faults of the file, by code and placeholders."""

    def __init__(self, codes: Mapping[str, ImportCode]) -> None:
        self._codes = codes

    def __call__(self, code: str, **values: object) -> FileFault:
        """The fault, to be raised."""
        return FileFault(code, self._codes[code].text(**values))


def check_file(path: Path, limits: ReaderLimits, fault: FaultMaker) -> None:
    """Raise E40, E41, E47, E48 or E49 for a file that no reader should open."""
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise fault("E41", size=f"{size / MIB:.1f}", max=limits.max_bytes // MIB)
    with path.open("rb") as file:
        head = file.read(8)
    if head == _OLE:
        raise fault("E47" if _is_encrypted(path) else "E40")
    if not head.startswith(_ZIP):
        raise fault("E40")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, limits, fault)
    except BROKEN_ZIP as broken:
        raise fault("E40") from broken


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(_ENCRYPTED) >= 0


def _check_entries(archive: zipfile.ZipFile, limits: ReaderLimits, fault: FaultMaker) -> None:
    entries = archive.infolist()
    names = [entry.filename.lower().lstrip("/") for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise fault("E47")
    if any(part in name for name in names for part in _MACRO_PARTS) or _says_macros(archive, entries):
        raise fault("E48")
    unpacked = sum(entry.file_size for entry in entries)
    strings = sum(entry.file_size for entry, name in zip(entries, names, strict=True) if name == _STRINGS)
    if unpacked > limits.max_unpacked or strings > limits.max_strings:
        raise fault(
            "E49", max=(limits.max_unpacked if unpacked > limits.max_unpacked else limits.max_strings) // MIB
        )
    if any(needed not in names for needed in _NEEDED) or len(set(names)) < len(names):
        raise fault("E40")
    if any(_has_document_type(archive, entry) for entry in entries):
        raise fault("E40")


def _says_macros(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> bool:
    types = (entry for entry in entries if entry.filename.lower().lstrip("/") == "[content_types].xml")
    return any(b"macroEnabled" in _start(archive, entry, 256 * 1024) for entry in types)


def _has_document_type(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """A document type may declare entities; no spreadsheet program writes one."""
    if not entry.filename.lower().endswith((".xml", ".rels")):
        return False
    head = _start(archive, entry, _HEAD)
    return (
        b"<!DOCTYPE" in head
        or "<!DOCTYPE".encode("utf-16-le") in head
        or "<!DOCTYPE".encode("utf-16-be") in head
    )


def _start(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, length: int) -> bytes:
    with archive.open(entry) as part:
        return part.read(length)

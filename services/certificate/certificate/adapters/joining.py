"""Parts of one document that were typeset one after the other, joined into one file.

A table of tens of thousands of rows costs a typesetter gigabytes at once; in parts it costs what one part costs.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer


def join(parts: Iterable[bytes], target: Path) -> None:
    """Writes the pages of all parts under the catalog and the metadata of the first, which make it PDF/A."""
    waiting = iter(parts)
    first, second = next(waiting), next(waiting, None)
    if second is None:
        target.write_bytes(first)
        return
    base = PdfFileReader(io.BytesIO(first))
    writer: Any = copy_into_new_writer(base)
    writer._update_meta = lambda: None  # they stay as typeset
    writer._document_id = generic.ArrayObject(base.trailer["/ID"])  # else a random one each time
    for part in chain([second], waiting):
        _append(writer, PdfFileReader(io.BytesIO(part)))
    with target.open("wb") as file:
        writer.write(file)


def _append(writer: Any, part: PdfFileReader) -> None:
    """The tree of the part's pages becomes a branch of the document's."""
    root = writer.root.raw_get("/Pages")
    branch = writer.import_object(part.root.raw_get("/Pages"))
    branch.get_object()["/Parent"] = root
    pages = root.get_object()
    pages["/Kids"].append(branch)
    number: Any = generic.NumberObject  # has no types
    pages["/Count"] = number(int(pages["/Count"]) + int(branch.get_object()["/Count"]))

"""A document set by typst, always as PDF/A: plain output would drop a missing glyph silently, PDF/A refuses.

What the fonts do not have is marked before (glyphs.py).
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from certificate.adapters.glyphs import printable
from certificate.adapters.joining import join
from certificate.domain.contents import CertificateContents
from certificate.domain.document import parts_of
from contracts.moments import SHANGHAI

TEMPLATES = Path(__file__).parent.parent / "templates"
FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
STANDARD: Any = "a-2b"


class FontsMissingError(RuntimeError):
    """The fonts of the templates are not installed: nothing can be typeset."""


class NotTypesetError(ValueError):
    """The document cannot be set: a fault of a template or of the fonts."""


@cache
def fonts_in(folder: Path) -> typst.Fonts:
    """The fonts of that folder, read once. Raises FontsMissingError when a family of the templates is not there.

    Only this folder counts, so that the same certificate looks the same on every machine.
    """
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    missing = sorted(set(FAMILIES) - set(found.families()))
    if missing:
        raise FontsMissingError(
            f"no {' and no '.join(missing)} in {folder}: install fonts-noto-cjk or set CERTIFICATE_FONTS_DIR"
        )
    return found


def typeset(
    contents: CertificateContents,
    verify_url: str,
    fonts: typst.Fonts,
    target: Path,
    between: Callable[[], None] = lambda: None,
) -> None:
    """Writes the unsigned PDF/A; the same contents make the same bytes. Raises NotTypesetError.

    ``between`` is called before each part, and may raise to end the work.
    """
    moment = datetime.combine(contents.issued_on, time(), SHANGHAI)
    with tempfile.TemporaryDirectory(prefix="certificate-") as folder:
        main = lay_out(Path(folder), verify_url)

        def compiled() -> Iterator[bytes]:
            for part in parts_of(printable(contents, fonts)):
                between()
                yield _compiled(main, part, fonts, moment)

        join(compiled(), target)


def lay_out(folder: Path, verify_url: str) -> Path:
    """Puts the templates and the QR code into a folder; typst reads nothing outside of it."""
    for template in TEMPLATES.glob("*.typ"):
        shutil.copy(template, folder)
    (folder / "verify.svg").write_bytes(qr_code(verify_url))
    return folder / "certificate.typ"


def write_part(main: Path, part: dict[str, Any]) -> None:
    """Puts the data of one part beside the templates, as text that is never read as markup."""
    main.with_suffix(".json").write_text(json.dumps(part, ensure_ascii=False), encoding="utf-8")


def _compiled(main: Path, part: dict[str, Any], fonts: typst.Fonts, moment: datetime) -> bytes:
    write_part(main, part)
    try:
        return typst.compile(
            str(main), root=str(main.parent), font_paths=fonts, ignore_system_fonts=True,
            pdf_standards=[STANDARD], pdf_tags=False, timestamp=int(moment.timestamp()),
        )  # fmt: skip
    except typst.TypstError as fault:
        raise NotTypesetError(fault.message) from fault


def qr_code(verify_url: str) -> bytes:
    """The verification address and nothing else, as SVG (domain.md section 6)."""
    svg = io.BytesIO()
    segno.make(verify_url, error="m", micro=False).save(svg, kind="svg", border=2, xmldecl=True)
    return svg.getvalue()

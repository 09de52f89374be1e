"""The pages of a certificate: everything is on them, nothing is cut off, and the same contents give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typst
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from certificate.adapters import annex
from certificate.adapters.glyphs import printable
from certificate.adapters.signature_check import look
from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import SigningKeys
from certificate.adapters.typesetting import (
    FontsMissingError,
    fonts_in,
    lay_out,
    typeset,
    write_part,
)
from certificate.domain.contents import (
    CertificateContents,
    RefusedCylinder,
    SummaryCylinder,
    SummaryFooter,
)
from certificate.domain.document import PAGES_AT_ONCE, ROW_HEIGHT, parts_of
from certificate.domain.line_breaking import LINE, POINT_MM, em_of, fitted

FONTS = Path("/usr/share/fonts/opentype/noto")
URL = "https://pingzheng.example.com/verify/" + "A" * 32
CYLINDER = SummaryCylinder(
    "焊接气瓶", "YSP-1", "液化石油气", "示例压力容器制造有限公司", "2024-05", "2.10", "35.50", qr_url="q"
)


@pytest.fixture(scope="module")
def fonts() -> typst.Fonts:
    return fonts_in(FONTS)


@pytest.fixture
def contents() -> Callable[..., CertificateContents]:
    def make(count: int = 3, refused: int = 0, **changes: Any) -> CertificateContents:
        return CertificateContents(
            **{
                "number": "瓶32渝A0300001(26)",
                "unit_name": "示例气体有限公司",
                "credit_code": "91500103MA5EXAMPL1",
                "variety": "焊接气瓶",
                "product_name": "液化石油气钢瓶",
                "use_place": "重庆市渝中区示例路1号",
                "authority": "重庆市渝中区市场监督管理局",
                "issued_on": date(2026, 11, 24),
                "licence_identifier": "1.2.156.3005.2.11100000MB0143028R999.500103.32A030000126.001.K",
                "footer": SummaryFooter(date(2026, 11, 20), "示例甲", "13800000000"),
                "cylinders": [replace(CYLINDER, serial_no=f"N{n}") for n in range(count)],
                "refused": [
                    RefusedCylinder("焊接气瓶", f"R{n}", "示例厂", "照片不清") for n in range(refused)
                ],
                **changes,
            }
        )

    return make


def pages_of(node: Any) -> Iterator[Any]:
    """The pages below a node of the tree, each of which must know its parent."""
    for reference in node["/Kids"]:
        kid = reference.get_object()
        assert "/Parent" in kid
        yield from pages_of(kid) if kid["/Type"] == "/Pages" else [kid]


def test_the_qr_code_on_the_page_holds_the_address_and_nothing_else(
    contents: Any, fonts: typst.Fonts, tmp_path: Path
) -> None:
    main = lay_out(tmp_path, URL)
    write_part(main, next(parts_of(contents())))
    drawn: Any = typst.compile(
        str(main), root=str(tmp_path), font_paths=fonts, ignore_system_fonts=True, format="png", ppi=150
    )
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn[0])))
    assert code.text == URL


@pytest.mark.parametrize(("count", "refused", "pages"), [(1, 0, 2), (25, 0, 2), (26, 0, 3), (26, 2, 4)])
def test_25_cylinders_stand_on_a_page(
    contents: Any, fonts: typst.Fonts, tmp_path: Path, count: int, refused: int, pages: int
) -> None:
    typeset(contents(count, refused), URL, fonts, tmp_path / "a.pdf")
    root = PdfFileReader(io.BytesIO((tmp_path / "a.pdf").read_bytes())).root
    assert len(list(pages_of(root["/Pages"]))) == pages


@pytest.mark.parametrize(
    "long", ["示" * 100, "A" * 100, "W" * 100, "m" * 100, "·" * 60], ids=lambda text: text[0]
)
def test_long_texts_push_nothing_onto_another_page(
    contents: Any, fonts: typst.Fonts, tmp_path: Path, long: str
) -> None:
    footer = SummaryFooter(date(2026, 11, 20), long[:30], long[:30], f"{'a' * 30}@example.com")
    cylinder = SummaryCylinder(long, long[:40], long, long, "2024-05", "2.10", "35.50", unit_serial_no=long)
    everywhere = dict.fromkeys(("unit_name", "product_name", "use_place", "authority"), long)
    typeset(contents(cylinders=[cylinder] * 25, footer=footer, **everywhere), URL, fonts, tmp_path / "a.pdf")
    root = PdfFileReader(io.BytesIO((tmp_path / "a.pdf").read_bytes())).root
    assert root["/Pages"]["/Count"] == 2


def test_parts_are_joined_into_one_document_in_order(
    contents: Any, fonts: typst.Fonts, tmp_path: Path, made_keys: SigningKeys
) -> None:
    rows = 2 * PAGES_AT_ONCE * 25 + 1
    typeset(contents(rows, 1), URL, fonts, tmp_path / "a.pdf")
    root = PdfFileReader(io.BytesIO((tmp_path / "a.pdf").read_bytes())).root
    pages = list(pages_of(root["/Pages"]))
    assert len(pages) == root["/Pages"]["/Count"] == 1 + 2 * PAGES_AT_ONCE + 1 + 1
    widths = [round(float(page["/MediaBox"][2])) for page in pages]
    assert widths == [595] + [842] * (len(pages) - 1)
    assert b"<pdfaid:part>2" in root["/Metadata"].data
    Seal(made_keys).sign(tmp_path / "a.pdf", tmp_path / "b.pdf", datetime.now(UTC))
    assert look(tmp_path / "b.pdf", made_keys.ca).intact


@pytest.mark.parametrize("count", [3, PAGES_AT_ONCE * 25 + 1])
def test_the_same_contents_make_the_same_signed_file(
    contents: Any, fonts: typst.Fonts, tmp_path: Path, made_keys: SigningKeys, count: int
) -> None:
    moment = datetime(2026, 11, 24, 8, tzinfo=UTC)
    made = []
    for name in ("a", "b"):
        unsigned, signed = tmp_path / f"{name}.pdf", tmp_path / f"{name}-signed.pdf"
        typeset(contents(count), URL, fonts, unsigned)
        Seal(made_keys).sign(unsigned, signed, moment)
        made.append(signed.read_bytes())
    assert made[0] == made[1]


def test_text_is_never_read_as_markup(contents: Any, fonts: typst.Fonts, tmp_path: Path) -> None:
    hostile = '#panic("x") $ * _ = <a> @b \\ #image("/etc/passwd") `raw` //'
    typeset(contents(unit_name=hostile, use_place=hostile), URL, fonts, tmp_path / "a.pdf")


def test_a_character_that_no_font_has_is_marked_and_holds_up_nothing(
    contents: Any, fonts: typst.Fonts, tmp_path: Path
) -> None:
    odd = "示例\U0001f6e2厂\u0e01"
    refused = [RefusedCylinder("焊接气瓶", "R1", odd, "看不清\U0001f600")]
    told = replace(
        contents(cylinders=[replace(CYLINDER, manufacturer_name=odd)]), unit_name=odd, refused=refused
    )
    typeset(told, URL, fonts, tmp_path / "a.pdf")
    shown = printable(told, fonts)
    assert (shown.unit_name, shown.cylinders[0].manufacturer_name) == ("示例〓厂〓", "示例〓厂〓")
    assert shown.refused[0].reason == "看不清〓"
    assert shown.issued_on == told.issued_on


def test_what_the_fonts_have_stays_as_it_is(contents: Any, fonts: typst.Fonts) -> None:
    told = contents(unit_name="Ünïcode é 𠮷〇㎡（示例）有限公司·〓", use_place="")
    assert printable(told, fonts) == told


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(FontsMissingError, match="Noto Sans CJK SC"):
        fonts_in(tmp_path)


@given(st.text(min_size=0, max_size=80), st.sampled_from([11, 20, 46]))
def test_what_is_set_into_a_cell_is_all_there_and_fits_into_its_width(text: str, width: int) -> None:
    set_text = fitted(text, width - 2, ROW_HEIGHT - 0.6, 8)
    assert "".join(set_text.lines) == text
    for line in set_text.lines:
        used = sum(map(em_of, line)) * set_text.size * POINT_MM
        assert used <= width - 2 + 1e-6


@pytest.mark.parametrize("text", ["示例（重庆）特种压力容器制造股份有限公司第二分公司", "A" * 40, "示" * 60])
def test_long_names_fit_into_the_height_of_a_row(text: str) -> None:
    set_text = fitted(text, 44, ROW_HEIGHT - 0.6, 8)
    assert len(set_text.lines) * set_text.size * LINE * POINT_MM <= ROW_HEIGHT


def test_the_workbook_has_the_heading_all_rows_and_the_footer(contents: Any, tmp_path: Path) -> None:
    annex.write_annex(contents(3), tmp_path / "a.xlsx")
    sheet: Any = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    rows = [[cell for cell in row if cell] for row in sheet.iter_rows(values_only=True)]
    assert len(rows) == 1 + 1 + 3 + 1
    assert rows[2][:3] == ["1", "焊接气瓶", "N0"]
    assert rows[-1] == ["填表日期：2026年11月20日　经办人：示例甲　联系电话：13800000000"]

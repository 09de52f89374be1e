"""What is done for whole columns gives what the function of one cell gives."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.domain.cells import Kind
from importer.domain.columns import SEQUENCE
from importer.domain.intervals import Build
from importer.domain.references import References, references_on
from importer.domain.rules.first_rows import FirstRows
from importer.domain.rules.kinship import kinship_of, with_kinship
from importer.domain.rules.readers import Reader, reader_of
from importer.seeds import seeds_on

REFERENCES: References = references_on(date(2026, 11, 24), seeds_on)
COLUMNS = [column for column in REFERENCES.columns if column.code_name != SEQUENCE]

TYPED = st.text(st.sampled_from("Aa09-./ 　’'#=_+某（〕\u200b\u00a0\n—·Ｅ１"), max_size=12)
LIKELY = st.sampled_from(
    [
        "2023-05",
        "3.5E+11",
        "123",
        "#N/A",
        "https://A.b/c",
        "http://x:99999999/",
        "焊接气瓶",
        "lpg",
        "自有",
        "2.10",
        "45047",
    ]
)
TEXTS = st.one_of(TYPED, LIKELY, st.text(max_size=12)).map(lambda text: text or None)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.code_name))
@given(cells=st.lists(st.tuples(TEXTS, st.sampled_from([None, None, *Kind])), min_size=1, max_size=12))
def test_a_column_is_read_like_its_cells(column, cells) -> None:  # type: ignore[no-untyped-def]  # hypothesis fills it
    reader = reader_of(column, REFERENCES, date1904=False)
    slow = Reader(reader.memo, reader.outputs, digits=reader.digits)
    texts = pl.Series([text for text, _ in cells], dtype=pl.String)
    kinds = pl.Series([kind if text else None for text, kind in cells], dtype=pl.UInt8)
    for given_kinds in (kinds, None):
        fast, plain = reader.apply(texts, given_kinds), slow.apply(texts, given_kinds)
        assert fast.to_dicts() == plain.select(fast.columns).with_columns(_no_number(plain, texts)).to_dicts()


def _no_number(plain: pl.DataFrame, texts: pl.Series) -> list[pl.Series]:
    """An empty cell is no number; by cell it is simply not there."""
    return [plain["was_number"].fill_null(value=False)] if "was_number" in plain.columns else []


@given(st.lists(st.lists(st.sampled_from([None, *"abcdefgh"]), max_size=8), max_size=6))
def test_first_rows_are_what_a_dictionary_would_remember(batches: list[list[str | None]]) -> None:
    seen: dict[str, int] = {}
    first, row = FirstRows(), 0
    for batch in batches:
        rows = list(range(row + 3, row + 3 + len(batch)))
        row += len(batch)
        expected = []
        for key, number in zip(batch, rows, strict=True):
            expected.append(seen.get(key) if key is not None else None)
            if key is not None:
                seen.setdefault(key, number)
        found = first.first_of(pl.Series(batch, dtype=pl.String), pl.Series(rows, dtype=pl.Int32))
        assert found.to_list() == expected


def test_keys_that_agree_in_one_half_are_not_called_the_same() -> None:
    keys = [bytes(8) + b"a" * 8, bytes(8) + b"b" * 8, b"c" * 8 + b"a" * 8]
    seen = FirstRows()
    for key in keys:
        assert seen.first_of(pl.Series([key], dtype=pl.Binary), pl.Series([3], dtype=pl.Int32)).to_list() == [
            None
        ]


BUILDS = st.tuples(
    st.sampled_from([None, "2310", "2320", "23T0-P", "23T0-W", "23T0-C"]),
    st.sampled_from([None, "LPG", "DME", "O2", "N2", "CL2", "C2H2", "LOX", "MIX", "HFC227"]),
    st.sampled_from([None, "气瓶", "呼吸器用气瓶", "车用气瓶"]),
    st.sampled_from([None, "YSP35.5", "ysp118", "WMA"]),
    st.sampled_from([None, "HP295", "铝6061", "AA6351"]),
)


@given(st.lists(BUILDS, min_size=1, max_size=10))
def test_kinship_of_a_frame_is_that_of_its_rows(builds: list[tuple[str | None, ...]]) -> None:
    keys = ("variety_name", "medium_name", "product_name", "model", "material")
    frame = pl.DataFrame(builds, schema=dict.fromkeys(keys, pl.String), orient="row")
    found = with_kinship(frame, REFERENCES).select("allowed", "interval", "life", "hard", "vehicle").rows()
    for (variety, medium, name, model, material), row in zip(builds, found, strict=True):
        if variety is None or medium is None:
            assert row == (None,) * 5
        else:
            build = Build(variety, medium, name or "", model or "", material or "")
            assert row == tuple(kinship_of(build, name is not None, REFERENCES))


@pytest.mark.parametrize(
    ("build", "interval", "hard"),
    [
        (Build("2310", "N2", "氮气瓶", "", "37Mn"), 60, True),
        (Build("2310", "O2", "氧气瓶", "", "铝合金6061"), 36, False),
        (Build("2310", "CL2", "氯气瓶", "", ""), 24, False),
        (Build("2320", "LPG", "液化石油气钢瓶", "", ""), 48, True),
        (Build("2320", "C3H8", "丙烷瓶", "YSP118", ""), 48, True),
        (Build("2320", "DME", "二甲醚瓶", "", ""), 48, False),
        (Build("23T0-P", "C2H2", "溶解乙炔气瓶", "", ""), 36, True),
        (Build("23T0-W", "AIR", "呼吸器用复合气瓶", "", ""), 36, False),
        (Build("2310", "MIX", "混合气瓶", "", ""), None, False),
        (Build("2310", "CNG", "车用压缩天然气瓶", "", ""), None, False),
        (Build("2310", "LPG", "气瓶", "", ""), None, False),
    ],
)
def test_intervals_follow_the_table(build: Build, interval: int | None, hard: bool) -> None:
    kinship = kinship_of(build, True, REFERENCES)
    assert (kinship.interval, kinship.hard) == (interval, hard)

"""What became of a batch: rows to store, rows that failed with all their codes, and counts by code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from importer.domain.cells import Kind
from importer.domain.columns import Column
from importer.domain.references import References
from importer.domain.rules.check import Hit, Param
from importer.domain.rules.kinds import KIND
from importer.domain.text import one_line

LONGEST_VALUE = 1000
"""Characters of a failed cell that are kept; no column may hold more than 500."""

SEVERAL_COLUMNS = ":"
"""Between a warning and its column where a code belongs to several columns (``W08:serial_no``)."""


@dataclass(frozen=True)
class CheckedBatch:
    """``ok``: rows to import, typed, with ``warnings``. ``failed``: one line per row that has errors.

    ``failed`` has ``row_no``, ``origin_row``, the keys of the row as far as they could be computed, the lists
    ``codes``, ``columns``, ``messages`` (of equal length; the ``errors`` errors first, in the order of the columns)
    and ``values`` (as typed, in the order of the template).
    ``codes`` counts rows by code, ``warned`` rows of ``ok`` that have warnings.
    """

    ok: pl.DataFrame
    failed: pl.DataFrame
    codes: Counter[str]
    warned: int


def rows_by_code(hits: Iterable[Hit]) -> Counter[str]:
    """How many rows each code blames, however often in a row."""
    masks: dict[str, pl.Series] = {}
    for hit in hits:
        masks[hit.code] = masks[hit.code] | hit.mask if hit.code in masks else hit.mask
    return Counter({code: int(mask.sum()) for code, mask in masks.items()})


def failed_rows(hits: Iterable[Hit], height: int) -> pl.Series:
    """True where a row has an error."""
    failed = pl.repeat(value=False, n=height, eager=True)
    for hit in hits:
        if hit.code.startswith("E"):
            failed |= hit.mask
    return failed


def warning_lists(hits: Sequence[Hit], kept: pl.Series, references: References) -> pl.Series:
    """The warnings of each kept row, as a list of codes in the order of the columns."""
    order = {column.code_name: column.no for column in references.columns}
    warned = sorted(
        (hit for hit in hits if hit.code.startswith("W") and (hit.mask & kept).any()),
        key=lambda hit: (order[hit.column], hit.code),
    )
    if not warned:
        return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, int(kept.sum()))
    frame = pl.DataFrame({str(i): hit.mask for i, hit in enumerate(warned)}).filter(kept)
    tokens = [pl.when(pl.col(str(i))).then(pl.lit(_token(hit))) for i, hit in enumerate(warned)]
    return frame.select(pl.concat_list(tokens).list.drop_nulls()).to_series()


def _token(hit: Hit) -> str:
    return f"{hit.code}{SEVERAL_COLUMNS}{hit.column}" if hit.code == "W08" else hit.code


def complaints(
    hits: Sequence[Hit], batch: pl.DataFrame, failed: pl.Series, references: References
) -> Mapping[str, list[list[str]]]:
    """``codes``, ``columns`` and ``messages`` of the failed rows, in their order."""
    place = dict(zip(failed.arg_true().to_list(), range(batch.height), strict=False))
    lists: dict[str, list[list[str]]] = {
        name: [[] for _ in place] for name in ("codes", "columns", "messages")
    }
    order = {column.code_name: column.no for column in references.columns}
    for hit in sorted(hits, key=lambda hit: (hit.code.startswith("W"), order[hit.column], hit.code)):
        rows = (hit.mask & failed).arg_true()
        for row, message in zip(rows.to_list(), _messages(hit, rows, batch, references), strict=True):
            lists["codes"][place[row]].append(hit.code)
            lists["columns"][place[row]].append(hit.column)
            lists["messages"][place[row]].append(message)
    return lists


def _messages(hit: Hit, rows: pl.Series, batch: pl.DataFrame, references: References) -> Iterable[str]:
    column = references.by_name[hit.column]
    code = references.codes[hit.code]
    typed = batch[hit.column].gather(rows).to_list()
    fixed = {name: param for name, param in hit.params.items() if isinstance(param, str)}
    varying = {name: param for name, param in hit.params.items() if isinstance(param, Param)}
    frame = hit.frame[rows] if varying else pl.DataFrame()
    written = {
        name: [param.write(value) for value in frame.select(param.value).to_series().to_list()]
        for name, param in varying.items()
    }
    for i, value in enumerate(typed):
        quoted = one_line(value or "")
        yield code.text(
            heading=column.heading,
            value=quoted,
            **_asked(hit.code, column, quoted, references),
            **fixed,
            **{name: values[i] for name, values in written.items()},
        )


_FORMATS = {"last_inspection_date": "YYYY-MM-DD", "next_inspection_date": "YYYY-MM或YYYY-MM-DD"}


def _asked(code: str, column: Column, value: str, references: References) -> dict[str, str]:
    """What a message says of what would be right."""
    if code == "E04":
        return {"allowed": references.nearest(column.code_name, value)}
    if code == "E05":
        return {"scale": str(column.scale)}
    if code == "E07":
        return {"format": _FORMATS.get(column.code_name, "YYYY-MM")}
    return {}


def typed_values(batch: pl.DataFrame, failed: pl.Series, columns: Iterable[Column]) -> pl.Series:
    """The cells of the failed rows as typed; a formula without a result is nothing that could be typed."""
    cells = []
    for column in columns:
        text = pl.col(column.cells).fill_null("").str.replace_all("\x00", "", literal=True)
        if KIND + column.cells in batch.columns:
            formula = (pl.col(KIND + column.cells) == int(Kind.FORMULA)).fill_null(value=False)
            text = pl.when(formula).then(pl.lit("")).otherwise(text)
        cells.append(text.str.head(LONGEST_VALUE))
    return batch.filter(failed).select(pl.concat_list(cells).alias("values")).to_series()

"""The rules of one import: everything that can be said of its rows without the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from importer.domain.columns import SEQUENCE
from importer.domain.identity import digest
from importer.domain.intervals import cap_months
from importer.domain.months import month_of, month_text
from importer.domain.outcome import (
    CheckedBatch,
    complaints,
    failed_rows,
    rows_by_code,
    typed_values,
    warning_lists,
)
from importer.domain.references import References
from importer.domain.rules.check import Check, Hit, Param, fallen, run
from importer.domain.rules.column_checks import column_checks
from importer.domain.rules.cross_checks import (
    due_checks,
    interval_checks,
    order_checks,
    pair_checks,
    warnings,
)
from importer.domain.rules.first_rows import FirstRows
from importer.domain.rules.kinship import with_due, with_kinship
from importer.domain.rules.typed_frame import CellReader

LIFE_REACHED = "DESIGN_LIFE_REACHED"

_UNIQUE_IN_FILE: tuple[tuple[str, str, str], ...] = (
    ("E09", "serial_no", "identity_digest"),
    ("E14", "qr_url", "qr_url"),
    ("E20", "hollow_code", "hollow_code"),
    ("E30", "rfid_no", "rfid_no"),
    ("W12", "unit_serial_no", "unit_serial_no"),
)
"""Code, the column it blames, and the column of the typed frame that may stand only once in a workbook."""


class RuleSet:
    """Checks the batches of one workbook, in the order of its rows.

    It remembers the keys of the rows so far (E09, E14, E20, E30, W12) and, when the application has none yet, the
    batch group of the first row whose variety can be read (E02).
    """

    def __init__(
        self,
        references: References,
        *,
        today: date,
        registration_reason: str,
        batch_group: str | None,
        date1904: bool = False,
    ) -> None:
        self.batch_group = batch_group
        self._references = references
        self._today = today
        self._cells = CellReader(references, date1904)
        self._seen = {code: FirstRows() for code, _, _ in _UNIQUE_IN_FILE}
        reached = registration_reason == LIFE_REACHED
        self._pairs = pair_checks(references)
        self._orders = order_checks(today, reached)
        self._due = due_checks(today)
        self._intervals = interval_checks(cap_months(references.intervals))
        self._warnings = warnings(references, today, reached)

    def check(self, batch: pl.DataFrame) -> CheckedBatch:
        """All codes of all rows.

        ``batch``: ``row_no``, one text column per column of the template and extra heading (empty cells null), and
        kinds of cells where not all are text (:data:`importer.domain.rules.kinds.KIND`).
        """
        frame, hits = self._checked(batch)
        frame = frame.with_columns(_identities(frame))
        hits += self._repeated(frame)
        failed = failed_rows(hits, batch.height)
        warned = warning_lists(hits, ~failed, self._references)
        ok = _stored(frame.filter(~failed), self._references).with_columns(warned.alias("warnings"))
        return CheckedBatch(
            ok,
            self._failed(batch, frame, failed, hits),
            rows_by_code(hits),
            int((warned.list.len() > 0).sum()),
        )

    def explain(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Rows that only the database refuses, in the form of ``failed``: their warnings and their cells as typed."""
        frame, hits = self._checked(batch)
        frame = frame.with_columns(_identities(frame))
        return self._failed(batch, frame, pl.repeat(value=True, n=batch.height, eager=True), hits)

    def _checked(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, list[Hit]]:
        frame, hits = self._cells.read(batch)
        frame = _without_failed(frame, hits)
        if self.batch_group is None:
            self.batch_group = next(iter(frame["variety_group"].drop_nulls().head(1)), None)
        steps: tuple[tuple[Check, ...], ...] = (
            self._pairs,
            self._orders,
            self._due,
            self._intervals,
            self._warnings,
        )
        frame, found = run(column_checks(self._references, self._today, self.batch_group), frame)
        hits += found
        frame = with_kinship(frame, self._references)
        for step in steps:
            if step is self._due:
                frame = with_due(frame, month_of(self._today))
            frame, found = run(step, frame)
            hits += found
        return frame, hits

    def _repeated(self, frame: pl.DataFrame) -> list[Hit]:
        """Later rows with a key that an earlier row holds; rows are told apart by sign: 原文件 below zero."""
        told = frame.select(pl.coalesce(-pl.col("origin_row"), pl.col("row_no"))).to_series()
        hits = []
        for code, column, key in _UNIQUE_IN_FILE:
            first = self._seen[code].first_of(frame[key], told)
            if first.null_count() < first.len():
                with_first = frame.with_columns(first_row=first)
                hits.append(Hit(code, column, first.is_not_null(), with_first, _WHERE))
        return hits

    def _failed(
        self, batch: pl.DataFrame, frame: pl.DataFrame, failed: pl.Series, hits: list[Hit]
    ) -> pl.DataFrame:
        lists = complaints(hits, batch, failed, self._references)
        keys = frame.select("row_no", "origin_row", "system_no", *_KEYS_OF_FAILED).filter(failed)
        values = typed_values(batch, failed, self._references.columns)
        texts = [pl.Series(name, rows, dtype=pl.List(pl.String)) for name, rows in lists.items()]
        errors = [sum(code.startswith("E") for code in codes) for codes in lists["codes"]]
        return keys.with_columns(pl.Series("errors", errors, dtype=pl.Int32), *texts, values)


_FIRST = pl.col("first_row")
_WHERE: Mapping[str, Param | str] = {
    "file": Param(_FIRST, lambda row: "原文件" if row < 0 else "本文件"),
    "first_row": Param(_FIRST, lambda row: str(abs(row))),
    "where": Param(_FIRST, lambda row: f"{'原文件' if row < 0 else '本文件'}第{abs(row)}行"),
}
_KEYS_OF_FAILED = ("identity_digest", "qr_url", "hollow_code", "rfid_no")


def _without_failed(frame: pl.DataFrame, hits: list[Hit]) -> pl.DataFrame:
    """What fails as a cell is null already, but for what was made from it by other cells' rules."""
    for hit in hits:
        if hit.code.startswith("E") and hit.code != "E01":
            frame = frame.with_columns(
                pl.when(~hit.mask).then(pl.col(name)).alias(name) for name in fallen(hit.column)
            )
    return frame


def _identities(frame: pl.DataFrame) -> pl.Series:
    """The digest of maker, serial number and month, null where one of them is not known."""
    months = frame["manufacture_ym"]
    written = {month: month_text(month).replace("-", "") for month in months.unique().drop_nulls().to_list()}
    month = months.replace_strict(list(written), list(written.values()), default=None, return_dtype=pl.String)
    parts = frame.select(pl.concat_str("maker", "serial_no", month, separator="|")).to_series()
    keys = [None if key is None else digest(key) for key in parts.to_list()]
    return pl.Series("identity_digest", keys, dtype=pl.Binary)


def _stored(frame: pl.DataFrame, references: References) -> pl.DataFrame:
    """The typed frame as the database keeps it."""
    columns: list[pl.Expr] = [
        pl.col(name) for name in ("row_no", "origin_row", "system_no", "identity_digest")
    ]
    for column in references.columns:
        name = column.code_name
        if name == SEQUENCE:
            continue
        if name == "manufacture_ym":
            month = pl.col(name)
            columns.append(
                pl.format("{}-{}", month // 12, (month % 12 + 1).cast(pl.String).str.zfill(2)).alias(name)
            )
        elif column.is_number:
            columns.append(_number(name, column.scale))
        else:
            columns.append(pl.col(name))
    return frame.select(columns).rename(_STORED_NAMES)


def _number(name: str, scale: int) -> pl.Expr:
    """A count of last decimals as an exact decimal, or a whole number."""
    if scale == 0:
        return pl.col(name).cast(pl.Int32)
    whole = 10**scale
    return (pl.col(name) / pl.lit(whole)).cast(pl.Decimal(10, scale)).alias(name)


_STORED_NAMES = {"variety_name": "variety_code", "medium_name": "medium_code"}

"""From cells as typed to the typed frame on which all checks work."""

from __future__ import annotations

import polars as pl

from importer.domain.cells import Kind
from importer.domain.columns import SEQUENCE
from importer.domain.references import References
from importer.domain.rules.check import Hit
from importer.domain.rules.kinds import KIND
from importer.domain.rules.readers import FAULT, Reader, reader_of

_CHANGED_NUMBER = r"^\s*(-?[0-9]+\.[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}.*)\s*$"
_NUMBER_FAULTS = {"E36": ("数字", "，"), "E11": ("“", "”")}
"""Codes that blame a cell for being a number, and what stands around the value in their messages."""


class CellReader:
    """Reads batches of one workbook; remembers what it has read."""

    def __init__(self, references: References, date1904: bool) -> None:
        self._references = references
        self._readers: dict[str, Reader] = {
            column.code_name: reader_of(column, references, date1904)
            for column in references.columns
            if column.code_name != SEQUENCE
        }

    def read(self, batch: pl.DataFrame) -> tuple[pl.DataFrame, list[Hit]]:
        """The typed frame, and the hits of cells: E01, E04, E05, E07, E11, E13, E27, E36, W08."""
        outputs: list[pl.Series] = [batch["row_no"], _origin(batch), _system(batch)]
        masks: list[tuple[str, str, pl.Series]] = []
        for name, reader in self._readers.items():
            found = reader.apply(batch[name], self._kinds(batch, name))
            outputs.append(found["main"].alias(name))
            outputs += [found[extra] for extra in reader.outputs[1:]]
            masks += [(code, name, mask) for code, mask in self._faults(name, found)]
        last = batch["last_inspection_date"]
        given = (
            last.str.contains(r"\S").fill_null(value=False)
            if last.null_count() < last.len()
            else last.is_not_null()
        )
        frame = pl.DataFrame([*outputs, given.alias("last_given")])
        return frame, [Hit(code, name, mask, frame) for code, name, mask in masks]

    def _faults(self, name: str, found: pl.DataFrame) -> list[tuple[str, pl.Series]]:
        faults = found[FAULT]
        masks = []
        if faults.null_count() < faults.len():
            masks += [
                (code, (faults == code).fill_null(value=False)) for code in faults.unique().drop_nulls()
            ]
        if self._references.by_name[name].required:
            empty = found["main"].is_null() & faults.is_null()
            masks += [("E01", empty)] if empty.any() else []
        if "was_number" in found.columns and (numbers := found["was_number"].fill_null(value=False)).any():
            masks.append(("W08", numbers))
        return masks

    def _kinds(self, batch: pl.DataFrame, name: str) -> pl.Series | None:
        kinds = batch[KIND + name] if KIND + name in batch.columns else None
        if batch["carried_codes"].null_count() < batch.height:
            return self._carried(batch, name, kinds)
        return kinds

    def _carried(self, batch: pl.DataFrame, name: str, kinds: pl.Series | None) -> pl.Series | None:
        """An error workbook holds only text: a number that E36 or E11 blamed is one until it is changed.

        Else the book uploaded as it is would turn the unclear 2023.1 into January. The reasons quote the value.
        """
        for code, pattern in _NUMBER_FAULTS.items():
            if code in self._references.by_name[name].checks:
                unchanged = pl.concat_str(
                    pl.lit(pattern[0]), pl.col(name).str.strip_chars(), pl.lit(pattern[1])
                )
                told = pl.col("carried_codes").str.contains(code) & pl.col("carried_reasons").str.contains(
                    unchanged, literal=True
                )
                number = pl.col(name).str.contains(_CHANGED_NUMBER)
                numbers = batch.select((told & number).fill_null(value=False)).to_series()
                return _mark(kinds, numbers)
        return kinds


def _mark(kinds: pl.Series | None, numbers: pl.Series) -> pl.Series | None:
    if not numbers.any():
        return kinds
    before = kinds if kinds is not None else pl.repeat(None, numbers.len(), dtype=pl.UInt8, eager=True)
    return before.scatter(numbers.arg_true(), int(Kind.NUMBER))


def _system(batch: pl.DataFrame) -> pl.Series:
    """系统编号 of a list of cylinders (导出清单), or null: what cannot be a number of ours says nothing."""
    numbers = batch["system_no"].str.strip_chars()
    return numbers.str.extract(r"^([0-9]{1,18})$").cast(pl.Int64).alias("system_no")


def _origin(batch: pl.DataFrame) -> pl.Series:
    """原文件行号 of an error workbook, or null."""
    rows = batch["origin_row"].str.strip_chars()
    return rows.replace("", None).cast(pl.Int32, strict=False).alias("origin_row")

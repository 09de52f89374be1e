"""The rows of an import that were not imported: those that failed, by code, and apart from them 已在本批次."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from contracts.call import Page
from contracts.importer import ImportRow, ImportState, ListImportRows
from gateway.parameters import EmptyIsNone
from gateway.web.unit.import_words import Reason, Result, known_columns, names, preview_columns
from gateway.web.web import Web

PREVIEW = 20
"""Rows on a page."""
Part = Literal["failed", "already"]


@dataclass(frozen=True)
class WantedRows:
    """``part`` of the rows; with ``code`` (of the failed ones) only those that have it."""

    part: Part | None = None
    code: str | None = None
    cursor: str | None = None

    def of(self, state: ImportState) -> Part:
        """The part that is shown: what failed, unless the others are asked for or all there is."""
        if self.code or not state.already:
            return "failed"
        return self.part or ("failed" if state.failed else "already")


async def _wanted(
    part: Annotated[Part | None, EmptyIsNone, Query()] = None,
    code: Annotated[str | None, EmptyIsNone, Query(max_length=8)] = None,
    cursor: Annotated[str | None, EmptyIsNone, Query(max_length=200)] = None,
) -> WantedRows:
    return WantedRows(part, code, cursor)


Wanted = Annotated[WantedRows, Depends(_wanted)]


async def rows_of(web: Web, state: ImportState, wanted: WantedRows) -> Page[ImportRow]:
    """The page of rows, none while there is no result."""
    if state.state != "finished" or not state.failed + state.already:
        return Page[ImportRow](items=[], total=0)
    already = wanted.of(state) == "already"
    return await web.ask(
        ListImportRows(
            import_id=state.id, code=wanted.code, already=already, limit=PREVIEW, cursor=wanted.cursor
        )
    )


def shown(state: ImportState, result: Result, wanted: WantedRows, rows: Page[ImportRow]) -> dict[str, Any]:
    """What the card of the rows needs."""
    part = wanted.of(state)
    return {
        "part": part,
        "rows": rows,
        "code": _code(result, wanted.code),
        "names": names,
        "columns": preview_columns(rows.items) if part == "failed" else known_columns(),
        "tabs": [_tab(state, each, part) for each in _parts(state)],
        "first": _address(state, wanted) if wanted.cursor else None,
        "further": _address(state, wanted, cursor=rows.next_cursor) if rows.next_cursor else None,
    }


def _parts(state: ImportState) -> list[tuple[Part, str, int]]:
    """Tabs, where there is more than one part."""
    if not (state.failed and state.already):
        return []
    return [("failed", "失败", state.failed), ("already", "已在本批次", state.already)]


def _tab(state: ImportState, each: tuple[Part, str, int], part: Part) -> dict[str, Any]:
    name, label, count = each
    return {
        "label": label,
        "count": count,
        "current": name == part,
        "href": _address(state, WantedRows(part=name)),
    }


def _code(result: Result, code: str | None) -> Reason | None:
    return next((each for each in result.errors if each.code == code), None)


def _address(state: ImportState, wanted: WantedRows, cursor: str | None = None) -> str:
    told = {"part": wanted.part, "code": wanted.code, "cursor": cursor}
    query = urlencode({name: value for name, value in told.items() if value})
    return f"/u/imports/{state.id}{'?' if query else ''}{query}#preview"

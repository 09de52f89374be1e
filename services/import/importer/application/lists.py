"""Lists and limits that others show: what may be chosen today, and what a workbook must be."""

from __future__ import annotations

from contracts.call import Page
from contracts.identity import CodeName
from contracts.importer import Variety, WorkbookColumn, WorkbookRules
from importer.adapters.workbook_file import ReaderLimits
from importer.domain.columns import OTHER_HEADINGS, SHEET_NAME
from importer.domain.references import References


def varieties(references: References) -> Page[Variety]:
    """Varieties that may be chosen, each with its batch group."""
    chosen = [one for one in references.varieties.values() if one.selectable]
    items = [Variety(code=one.code, name=one.name, group=one.group) for one in chosen]
    return Page(items=items, total=len(items))


def media(references: References) -> Page[CodeName]:
    """Media that may be chosen."""
    items = [CodeName(code=one.code, name=one.name) for one in references.media.values()]
    return Page(items=items, total=len(items))


def workbook_rules(references: References, limits: ReaderLimits) -> WorkbookRules:
    """The headings by which the import finds its columns (domain.md section 8), and how large a file may be."""
    columns = [
        WorkbookColumn(
            heading=column.heading,
            required=column.required,
            others=[other for other, code in OTHER_HEADINGS.items() if code == column.code_name],
        )
        for column in references.columns
    ]
    return WorkbookRules(
        max_bytes=limits.max_bytes, max_rows=limits.max_rows, sheet=SHEET_NAME, columns=columns
    )

"""What a person should look over after an import: makers, models and months with their counts."""

from __future__ import annotations

from sqlalchemy import select

from chassis.tokens import Caller
from contracts.importer import Fact, Facts, GetImportFacts, ImportFacts
from importer.adapters.tables import import_run
from importer.application import imports
from importer.application.tools import Tools
from importer.domain.facts import COLUMNS


def get_import_facts(request: GetImportFacts, caller: Caller, tools: Tools) -> ImportFacts:
    """The values of the sound rows. Raises NOT_FOUND; empty before the import has ended."""
    import_id, references = imports.id_of(request.import_id), tools.references()
    with tools.database.reading() as session:
        imports.state_of(session, import_id, caller, references)
        kept = session.execute(select(import_run.c.facts).where(import_run.c.id == import_id)).scalar_one()
    return ImportFacts(
        facts=[
            Facts(
                column=name,
                heading=references.by_name[name].heading,
                distinct=kept[name]["distinct"],
                items=[
                    Fact(value=value, count=count, near=near) for value, count, near in kept[name]["items"]
                ],
            )
            for name in COLUMNS
            if name in kept
        ]
    )

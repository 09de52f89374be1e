"""One JSON Schema for each event, made from its class: python -m contracts.schemas

``breaks`` says what a newer schema takes away from those who know the older one: changes are additive only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.event import Event
from contracts.events import EVENTS

FOLDER = Path(__file__).parent
Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """The schema of an event's body, with who publishes it, who must consume it, and its type."""
    body = event.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pingzheng:event:{event.type}",
        "x-source": event.source,
        "x-consumers": list(event.consumers),
        **body,
    }


def file_of(event: type[Event]) -> str:
    """The name of the event's file in this folder."""
    return f"{event.type}.json"


def as_text(schema: Schema) -> str:
    """The schema as it is kept: stable, one change one line."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def generate(into: Path = FOLDER) -> None:
    """Writes the file of each event; one that is no event any more stays, and the test of changes names it."""
    for event in EVENTS:
        (into / file_of(event)).write_text(as_text(schema_of(event)))


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a consumer that relies on ``old`` would miss in ``new``; empty when the change is additive."""
    gone = sorted(set(old.get("x-consumers", ())) - set(new.get("x-consumers", ())))
    moved = [] if old.get("x-source") == new.get("x-source") else ["another source"]
    return [*moved, *(f"no consumer {name}" for name in gone), *_lost("", old, old, new, new)]


def _lost(path: str, old: Schema, old_root: Schema, new: Schema, new_root: Schema) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    kinds = _values(old, old_root), _values(new, new_root)
    if not kinds[1] <= kinds[0]:
        yield f"{path or 'body'}: may be {', '.join(sorted(kinds[1] - kinds[0]))} now"
    for name, known in old.get("properties", {}).items():
        here = f"{path}.{name}".lstrip(".")
        if name not in new.get("properties", {}):
            yield f"{here}: gone"
            continue
        if name in old.get("required", ()) and name not in new.get("required", ()):
            yield f"{here}: may be missing now"
        yield from _lost(here, known, old_root, new["properties"][name], new_root)
    yield from _newly_needed(path, old, new)
    for inside in ("items", "additionalProperties"):
        if isinstance(old.get(inside), dict) and isinstance(new.get(inside), dict):
            yield from _lost(f"{path}[]", old[inside], old_root, new[inside], new_root)


def _newly_needed(path: str, old: Schema, new: Schema) -> Iterator[str]:
    if not old.get("properties"):
        return
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}.{name}".lstrip(".") + ": events that are on their way lack it, so it needs a default"


def _resolved(schema: Schema, root: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return root["$defs"][name] if name else schema


def _values(schema: Schema, root: Schema) -> set[str]:
    """The types that a value may have, or its values where they are counted up."""
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        return set().union(*(_values(each, root) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return {json.dumps(each) for each in schema.get("enum", [schema.get("const")])}
    return {str(schema.get("type", "anything"))}

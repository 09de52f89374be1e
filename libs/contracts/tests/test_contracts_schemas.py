"""The schemas of events are what the classes say, grow only, and each has a sample that fits."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts.event import Event
from contracts.events import EVENTS, CylindersChanged
from contracts.schemas import FOLDER, Schema, as_text, breaks, file_of, schema_of

REPOSITORY = Path(__file__).parents[3]
EACH = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
LANDED = (os.environ.get("PINGZHENG_LANDED", ""), "origin/main", "main", "HEAD")
"""Where the last landed version is looked for, the first that exists; CI names it by the variable."""


def git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def landed() -> dict[str, Schema]:
    """The schemas of the last landed version by file name; none before they existed."""
    base = next(name for name in LANDED if name and git("rev-parse", "--verify", "-q", f"{name}^{{commit}}"))
    folder = FOLDER.relative_to(REPOSITORY)
    names = (git("ls-tree", "--name-only", base, f"{folder}/") or "").split()
    files = [name for name in names if name.endswith(".json")]
    return {Path(name).name: json.loads(git("show", f"{base}:{name}") or "{}") for name in files}


def sample(event: type[Event]) -> Any:
    return json.loads((FOLDER / "samples" / file_of(event)).read_text())


@EACH
def test_the_file_is_what_the_class_says(event: type[Event]) -> None:
    assert (FOLDER / file_of(event)).read_text() == as_text(schema_of(event)), "python -m contracts.schemas"


def test_since_the_last_landed_version_events_only_grew() -> None:
    now = {file_of(event): schema_of(event) for event in EVENTS}
    old = landed()
    assert not set(old) - set(now), "an event that others may wait for can not go"
    assert {name: found for name in old if (found := breaks(old[name], now[name]))} == {}


@EACH
def test_a_producer_makes_what_the_sample_shows(event: type[Event]) -> None:
    made = event.model_validate(sample(event))
    assert json.loads(made.model_dump_json()) == {**json.loads(made.model_dump_json()), **sample(event)}
    assert set(sample(event)) == set(event.model_fields), "a sample shows every field"
    jsonschema_rs.validate(schema_of(event), json.loads(made.model_dump_json()))


@EACH
def test_a_consumer_reads_the_sample_also_from_a_newer_producer(event: type[Event]) -> None:
    assert event.model_validate({**sample(event), "new_field": {"of": "tomorrow"}}) == event.model_validate(
        sample(event)
    )


def changed(change: str, value: Any) -> Schema:
    """The schema of CylindersChanged with one part replaced: a dotted path and what stands there now, None for gone."""
    schema = schema_of(CylindersChanged)
    *way, last = change.split(".")
    part = schema
    for name in way:
        part = part[name]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return schema


@pytest.mark.parametrize(
    ("change", "value", "told"),
    [
        ("properties.count", None, "count: gone"),
        ("properties.count.type", "string", "count: may be string"),
        ("required", ["application_id", "version", "cylinders"], "count: may be missing"),
        ("required", ["application_id", "version", "count", "cylinders", "documents"], "documents: events"),
        ("$defs.Claim.properties.sha256", None, "cylinders.sha256: gone"),
        ("x-consumers", ["review"], "no consumer attachments"),
        ("x-source", "review", "another source"),
        ("properties.variety_group.anyOf", [{"type": "string"}, {"type": "null"}], "may be string now"),
    ],
)
def test_what_takes_something_away_is_named(change: str, value: Any, told: str) -> None:
    found = breaks(schema_of(CylindersChanged), changed(change, value))
    assert any(told in each for each in found), found


def test_what_only_adds_is_let_pass() -> None:
    old = schema_of(CylindersChanged)
    assert breaks(old, old) == []
    assert breaks(old, changed("properties.more", {"type": "integer", "default": 0})) == []
    assert breaks(old, changed("x-consumers", ["attachments", "review", "certificate"])) == []

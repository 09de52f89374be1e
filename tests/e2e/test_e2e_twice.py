"""Each changing call that is delivered twice has one effect and the same answer; none that is declared is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from tests.e2e.changes import CONSUMERS, make_all
from tests.e2e.journey import Journey
from tests.e2e.people import People
from tests.e2e.running import running_as
from tests.e2e.steps import walk

from contracts import attachments, certificate, identity, importer, review
from contracts.call import Call, calls_of
from contracts.dead_letters import calls_for
from local_stack import Stack
from local_stack.layout import REPOSITORY
from local_stack.processes import SERVICES, Process, process_table

MODULES = {module.__name__ for module in (attachments, certificate, identity, importer, review)}
NOTES = REPOSITORY / ".run" / "twice.jsonl"

# Calls that change something and must not be asked again by themselves, and why that does no harm.
NOT_REPEATED = {
    ("identity", "sign_in"): "a second session; a password's digest may not be stored",
    (
        "identity",
        "refresh_session",
    ): "a refresh token is good once, whoever has lost the answer signs in again",
    (
        "identity",
        "count_tries",
    ): "a try that was heard twice counts twice: a limit is reached sooner, never later",
    ("identity", "new_captcha"): "another picture; the first one ends by itself",
    ("identity", "check_captcha"): "a picture is good once, so that nobody solves one for many questions",
    (
        "review",
        "open_review_page",
    ): "notes when an officer first saw the page; the page itself is to be fresh",
}


# Every other one, by service; each is made by the way of the guide or by tests/e2e/changes.py.
REPEATED = {
    "identity": "change_my_unit end_session",
    "importer": """
        request_workbook_upload start_import cancel_import edit_cylinder update_by_import export_cylinders
        delete_cylinders seal_cylinders unseal_cylinders replay_dead_letter drop_dead_letter
    """,
    "attachments": """
        request_uploads add_photos delete_photo add_document seal_photos unseal_photos
        replay_dead_letter drop_dead_letter
    """,
    "review": """
        open_application withdraw_application submit_application choose_district save_review_page complete_review
        decide issue_certificate replay_dead_letter drop_dead_letter
    """,
    "certificate": "create_certificate start_pdf_check",
}


def listed() -> set[tuple[str, str]]:
    return {(service, method) for service, methods in REPEATED.items() for method in methods.split()}


def changing_calls() -> dict[tuple[str, str], type[Call[Any]]]:
    """All that are declared, by service and method."""
    declared = [call for service in SERVICES for call in calls_of(service) if call.__module__ in MODULES]
    declared += [call for service in CONSUMERS for call in calls_for(service)]
    return {(call.service, call.method()): call for call in declared if call.kind != "query"}


def table(scale: Mapping[str, int]) -> list[Process]:
    """The processes; each service hears everything twice."""

    def doubled(process: Process) -> Process:
        own = {"PYTHONPATH": str(REPOSITORY), "TWICE_OF": process.module, "TWICE_NOTES": str(NOTES)}
        return replace(process, module="tests.e2e.twice", environment={**process.environment, **own})

    return [doubled(each) if each.name in SERVICES else each for each in process_table(scale)]


@pytest.fixture(scope="module")
def notes() -> list[dict[str, Any]]:
    """What each service noted while the guide was walked and every other change was made."""
    NOTES.unlink(missing_ok=True)
    with (
        running_as("twice", lambda root: Stack(root, env="test", table=table)) as stack,
        closing(People(stack)) as people,
    ):
        for _ in walk(Journey.start(people, count=12, faulty=3)):
            pass
        for _ in make_all(Journey.start(people, count=3, faulty=0)):
            pass
    return [json.loads(line) for line in NOTES.read_text(encoding="utf-8").splitlines()]


def test_every_changing_call_of_the_contracts_is_listed() -> None:
    calls = changing_calls()
    assert listed() | NOT_REPEATED.keys() == calls.keys()
    assert {name for name, call in calls.items() if not call.is_repeatable("key")} == NOT_REPEATED.keys()


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_listed_call_is_heard_twice_with_one_effect_and_one_answer(notes: list[dict[str, Any]]) -> None:
    assert {(note["service"], note["method"]) for note in notes} == listed()
    assert [note for note in notes if note["written"]] == []
    assert [note for note in notes if _kept(note["first"]) != _kept(note["second"])] == []


def _kept(answer: Any) -> Any:
    """An answer without the signatures of its tickets, which are made anew."""
    if isinstance(answer, list):
        return [_kept(each) for each in answer]
    if isinstance(answer, dict):
        return {name: _kept(each) for name, each in answer.items() if name != "fields"}
    return answer

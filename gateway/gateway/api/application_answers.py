"""An application as the interface shows it: the review's facts with the importer's counts."""

from __future__ import annotations

from pydantic import Field

from contracts.call import Page
from contracts.importer import CountCylinders, Counts
from contracts.review import Application
from gateway.asker import Asker

COUNT_WITHIN_S = 10.0
"""The application's own answer is there already: it may wait for a service that is just starting again."""


class ApplicationAnswer(Application):
    """``counts``: cylinders, those with all photos, and those that the review refused."""

    counts: Counts = Field(default_factory=Counts)


async def with_counts(asker: Asker, application: Application) -> ApplicationAnswer:
    """One application with its counts."""
    return (await _answers(asker, [application]))[0]


async def page_with_counts(asker: Asker, page: Page[Application]) -> Page[ApplicationAnswer]:
    """A page of applications; their counts are asked for in one call."""
    items = await _answers(asker, page.items)
    return Page[ApplicationAnswer](
        items=items, next_cursor=page.next_cursor, total=page.total, total_capped=page.total_capped
    )


async def _answers(asker: Asker, applications: list[Application]) -> list[ApplicationAnswer]:
    if not applications:
        return []
    wanted = CountCylinders(application_ids=[application.id for application in applications])
    known = (await asker.ask(wanted, within_s=COUNT_WITHIN_S)).counts
    return [_answer(application, known.get(application.id, Counts())) for application in applications]


def _answer(application: Application, counts: Counts) -> ApplicationAnswer:
    """What is refused is decided by the review; the importer hears of it a moment later."""
    refused = max(application.refused, counts.refused)
    known = counts.model_copy(update={"refused": refused})
    return ApplicationAnswer(**application.model_dump(exclude={"counts"}), counts=known)

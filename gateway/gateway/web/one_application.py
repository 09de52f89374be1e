"""One application with its counts, as pages that belong to it show it."""

from __future__ import annotations

from contracts.review import GetApplication
from gateway.api.application_answers import ApplicationAnswer, with_counts
from gateway.web.web import Web


async def application_of(web: Web, application_id: str) -> ApplicationAnswer:
    """The application as its reader sees it. Raises NOT_FOUND."""
    return await with_counts(web.asker, await web.ask(GetApplication(application_id=application_id)))

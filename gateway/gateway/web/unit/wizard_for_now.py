"""The steps of an application, until they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.review import GetApplication
from gateway.api.application_answers import ApplicationAnswer, with_counts
from gateway.web.web import Web


@dataclass(frozen=True)
class Wizard:
    application: ApplicationAnswer
    steps: list[dict[str, object]]


async def wizard(web: Web, application_id: str, _: int) -> Wizard:
    application = await with_counts(web.asker, await web.ask(GetApplication(application_id=application_id)))
    return Wizard(application, [])

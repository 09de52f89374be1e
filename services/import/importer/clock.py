"""The clock process: beside what each service's clock does, the template, given-up work and old uploads."""

from __future__ import annotations

from collections.abc import Callable

from chassis import health, logs, tracing
from chassis.clock import Action, Clock, chassis_actions
from chassis.database import Database
from importer.adapters.template import template
from importer.application import templates, upkeep
from importer.application.tools import Tools, tools_of
from importer.settings import ImporterSettings

Upkeep = Callable[[Tools], None]
HOUR_S = 3600.0
UPKEEP: tuple[tuple[str, float, Upkeep], ...] = (
    ("given up imports", 10, upkeep.fail_parked_imports),
    ("given up work", 60, upkeep.begin_again),
    ("uploads", 60, upkeep.prune_uploads),
    ("lists", 600, upkeep.prune_lists),
    ("authorities", 60, upkeep.name_authorities),
)


def write_template(tools: Tools) -> None:
    """The template as the lists of today make it."""
    templates.keep_template(tools, template(tools.references(), tools.limits))


def actions_of(tools: Tools) -> list[Action]:
    """What the clock of this service does."""

    def bound(do: Upkeep) -> Callable[[Database], None]:
        return lambda _: do(tools)

    return [
        *chassis_actions(),
        Action("template", HOUR_S, bound(write_template)),
        *(Action(name, every_s, bound(do)) for name, every_s, do in UPKEEP),
    ]


def main() -> None:
    """Works until a signal stops it."""
    settings = ImporterSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service)
    health.serve(settings.health_port, {"database": database.ping})
    Clock(database, actions_of(tools_of(settings, database))).run()


if __name__ == "__main__":
    main()

"""The clock of the review service: half submissions are undone, what failed is tried again."""

from __future__ import annotations

from chassis import health, logs, tracing
from chassis.clock import Action, Clock, chassis_actions
from chassis.database import Database
from review.application import issue, prepare, submit
from review.application.tools import Tools
from review.processes import tools_of
from review.settings import ReviewSettings


def actions(settings: ReviewSettings, tools: Tools) -> list[Action]:
    """What this clock does beside what each service's does; times in seconds."""
    submissions, issues = settings.submission_patience_s, settings.issue_patience_s
    return [
        Action("undo submissions", 5, lambda _: submit.undo_left_behind(tools, submissions)),
        Action("lay out again", 60, prepare.lay_out_failed),
        Action("create certificates", 5, lambda _: issue.create_left_behind(tools, issues)),
    ]


def main() -> None:
    """Works until a signal stops it."""
    settings = ReviewSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service)
    health.serve(settings.health_port, {"database": database.ping})
    Clock(database, [*chassis_actions(), *actions(settings, tools_of(settings, database))]).run()


if __name__ == "__main__":
    main()

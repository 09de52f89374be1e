"""The settings of the processes of the review service."""

from __future__ import annotations

from chassis.settings import Settings


class ReviewSettings(Settings):
    """Beside what every process is told: after how many seconds the clock takes up what was left unfinished."""

    submission_patience_s: float = 60.0
    issue_patience_s: float = 30.0

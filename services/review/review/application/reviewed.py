"""How many cylinders of a photo review were seen, as an expression: pages that were saved, the last may be shorter."""

from __future__ import annotations

from sqlalchemy import Integer, and_, case

from review.adapters.tables import application, page, review_progress

_PROGRESS = review_progress.c
LAST = page.alias("last_page")
OF_APPLICATION = and_(
    _PROGRESS.application_id == application.c.id, _PROGRESS.attempt == application.c.attempt
)
"""Joins the progress of the current submission to its application."""
LAST_OF_PROGRESS = and_(
    LAST.c.application_id == _PROGRESS.application_id,
    LAST.c.attempt == _PROGRESS.attempt,
    LAST.c.number == _PROGRESS.pages,
    LAST.c.seen_at.is_not(None),
)
"""Joins the last page, if it was seen."""
_MISSING_ON_THE_LAST = _PROGRESS.pages * _PROGRESS.page_size - _PROGRESS.cylinders
CYLINDERS = (
    _PROGRESS.seen * _PROGRESS.page_size - case((LAST.c.number.is_not(None), _MISSING_ON_THE_LAST), else_=0)
).cast(Integer)

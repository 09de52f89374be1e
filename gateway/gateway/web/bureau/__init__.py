"""Pages of bureaus."""

from __future__ import annotations

from gateway.web.bureau import (
    application,
    applications,
    certificates,
    cylinders,
    holders,
    home,
    issue,
    rejection,
    review,
    review_saving,
)

ROUTERS = tuple(
    page.router
    for page in (
        application,
        applications,
        certificates,
        cylinders,
        holders,
        home,
        issue,
        rejection,
        review,
        review_saving,
    )
)

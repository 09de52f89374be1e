"""Pages of using units."""

from __future__ import annotations

from gateway.web.unit import (
    application,
    basics,
    certificates,
    cylinders,
    documents,
    home,
    imports,
    opening,
    photos,
    progress,
    submission,
)

ROUTERS = tuple(
    page.router
    for page in (
        application,
        basics,
        certificates,
        cylinders,
        documents,
        home,
        imports,
        opening,
        photos,
        progress,
        submission,
    )
)

"""Pages of using units."""

from __future__ import annotations

from gateway.web.unit import (
    application,
    basics,
    certificates,
    cylinder_deletion,
    cylinders,
    documents,
    home,
    import_result,
    imports,
    opening,
    photo_uploads,
    photos,
    progress,
    shared_certificate,
    submission,
)

ROUTERS = tuple(
    page.router
    for page in (
        opening,  # before application: /applications/new is no id
        application,
        basics,
        certificates,
        cylinder_deletion,
        cylinders,
        documents,
        home,
        import_result,
        imports,
        photo_uploads,
        photos,
        progress,
        shared_certificate,
        submission,
    )
)

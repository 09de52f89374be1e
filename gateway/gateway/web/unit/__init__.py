"""Pages of using units."""

from __future__ import annotations

from gateway.web.unit import (
    application,
    basics,
    certificates,
    cylinder_deletion,
    cylinder_edit,
    cylinder_export,
    cylinders,
    documents,
    home,
    import_result,
    import_update,
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
        cylinder_edit,
        cylinder_export,
        cylinders,
        documents,
        home,
        import_result,
        import_update,
        imports,
        photo_uploads,
        photos,
        progress,
        shared_certificate,
        submission,
    )
)

"""The HTTP application: routes, errors and what surrounds them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis.storage import Storage
from chassis.tokens import Verifier
from gateway import answers
from gateway.api import (
    applications,
    certificates,
    corrections,
    cylinders,
    decisions,
    import_events,
    imports,
    photos,
    public,
    reference,
    review,
    sessions,
    tasks,
    units,
)
from gateway.api.import_watch import Watches
from gateway.body_limit import BodyLimit
from gateway.frame import Frame
from gateway.openapi import TITLE, describe
from gateway.routing import API
from gateway.services import Services
from gateway.site import Site
from gateway.web import bureaus, health, verify
from gateway.web.assets import ASSETS, Files
from gateway.web.bureau import home as bureau_home
from gateway.web.public import home, login
from gateway.web.rendering import Renderer
from gateway.web.renewal import Renewals
from gateway.web.unit import home as unit_home

VERSION = "0.1.0"
_RESOURCES = (
    sessions,
    units,
    reference,
    applications,
    imports,
    import_events,
    cylinders,
    corrections,
    photos,
    tasks,
    review,
    decisions,
    certificates,
    public,
    verify,
    bureaus,
    health,
)
# Pages of people with a browser (web/README.md).
_PAGES = (home, login, unit_home, bureau_home)


def create_app(services: Services, verifier: Verifier, storage: Storage, site: Site) -> FastAPI:
    """The application; it connects to the broker when it starts and lets go when it stops."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await services.transport.start()
        try:
            yield
        finally:
            await services.transport.close()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=life,
    )
    app.state.services = services
    app.state.verifier = verifier
    app.state.storage = storage
    app.state.base_url = site.base_url
    app.state.site = site
    app.state.pages = Renderer(site)
    app.state.renewals = Renewals()
    app.state.stopping = asyncio.Event()
    app.state.watches = Watches()
    for resource in (*_RESOURCES, *_PAGES):
        app.include_router(resource.router)
    app.mount("/static", Files(ASSETS), name="static")
    answers.install(app)
    app.add_middleware(BodyLimit, larger={public.PDF_CHECKS: public.MOST_BYTES + public.MULTIPART_BYTES})
    app.add_middleware(Frame)  # added last, so it is outermost
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app

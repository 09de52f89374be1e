"""The HTTP application: routes, errors and what surrounds them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from chassis.storage import Storage
from chassis.tokens import Verifier
from gateway import answers
from gateway.api import (
    applications,
    captchas,
    certificates,
    corrections,
    cylinders,
    dead_letters,
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
from gateway.api.import_watch import ImportWatch
from gateway.body_limit import BodyLimit
from gateway.frame import Frame
from gateway.openapi import TITLE, describe
from gateway.routing import API
from gateway.services import Services
from gateway.site import Site
from gateway.web import bureau, bureaus, health, unit, verify, verify_pdf
from gateway.web import public as public_pages
from gateway.web.assets import ASSETS, Files
from gateway.web.board import Board, end
from gateway.web.rendering import Renderer
from gateway.web.renewal import Renewals

VERSION = "0.1.0"
GZIP_LEVEL = 5
"""For what is made anew each time; built files are compressed once, by the build."""
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
    dead_letters,
    captchas,
    public,
    verify_pdf,
    verify,
    bureaus,
    health,
)
# Pages of people with a browser (web/README.md).
_PAGES = (*public_pages.ROUTERS, *unit.ROUTERS, *bureau.ROUTERS)


def create_app(services: Services, verifier: Verifier, storage: Storage, site: Site) -> FastAPI:
    """The application; it connects to the broker when it starts and lets go when it stops."""

    board = Board(services)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await services.transport.start()
        reading = asyncio.create_task(board.keep_fresh())
        try:
            yield
        finally:
            await end(reading)
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
    app.state.board = board
    app.state.renewals = Renewals()
    app.state.import_watch = ImportWatch()
    app.state.stopping = asyncio.Event()
    for router in (*(resource.router for resource in _RESOURCES), *_PAGES):
        app.include_router(router)
    app.mount("/static", Files(ASSETS), name="static")
    answers.install(app)
    app.add_middleware(GZipMiddleware, compresslevel=GZIP_LEVEL)
    largest = public.MOST_BYTES + public.MULTIPART_BYTES
    app.add_middleware(BodyLimit, larger=dict.fromkeys((public.PDF_CHECKS, verify_pdf.PATH), largest))
    app.add_middleware(Frame)  # added last, so it is outermost
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app

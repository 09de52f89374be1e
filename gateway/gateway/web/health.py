"""Whether the gateway lives and is ready, for whoever stands before it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from contracts.errors import AppError
from gateway.problems import problem
from gateway.routing import CheckedRoute
from gateway.services import Services

router = APIRouter(route_class=CheckedRoute, tags=["运行状态"])


@router.get("/healthz", operation_id="healthz", summary="是否运行")
async def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"alive": True}


@router.get("/readyz", operation_id="readyz", summary="是否可用", response_class=JSONResponse)
async def readyz(request: Request) -> Response:
    """The broker can be reached."""
    services: Services = request.app.state.services
    try:
        services.check_ready()
    except ConnectionError:
        return problem(AppError("UPSTREAM_UNAVAILABLE"))
    return JSONResponse({"ready": True})

"""The progress of an import as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from fastapi import Request
from fastapi.responses import StreamingResponse

from contracts.errors import AppError
from contracts.importer import GetImport, ImportState
from gateway.api.import_watch import ENDED, ImportWatch, Viewer
from gateway.asker import Ask, Asker
from gateway.parameters import Id
from gateway.problems import problem
from gateway.routing import resource

router = resource("导入气瓶信息")
LOOK_UP_S = 1.0
KEEP_ALIVE_S = 15.0
LONGEST_S = 1800.0
"""Then the browser connects again, perhaps to another process."""


@router.get(
    "/imports/{import_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "每次变化一个事件，导入结束后关闭"}
    },
    operation_id="watchImport",
    summary="导入进度（事件流）",
)
async def watch_import(import_id: Id, request: Request, ask: Ask) -> StreamingResponse:
    """Each event's data is what GET of the import answers; the stream ends with the import."""
    first = await ask.ask(GetImport(import_id=import_id))  # a refusal is still a problem with its status
    stopping: asyncio.Event = request.app.state.stopping
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = progress(request.app.state.import_watch, ask, first, stopping)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def progress(
    watch: ImportWatch, asker: Asker, first: ImportState, stopping: asyncio.Event
) -> AsyncIterator[str]:
    """The events: one for each change, a comment when nothing changed for long, ``error`` when it is refused."""
    until = time.monotonic() + LONGEST_S
    async with watch.viewer(asker, first) as viewer:
        said, said_at = None, 0.0
        while True:
            viewer.changed.clear()
            told, now = viewer.latest, time.monotonic()
            if isinstance(told, AppError):
                yield f"event: error\ndata: {bytes(problem(told).body).decode()}\n\n"
                return
            if told != said:
                yield f"data: {told.model_dump_json()}\n\n"
                said, said_at = told, now
            elif now - said_at > KEEP_ALIVE_S:
                yield ": still here\n\n"
                said_at = now
            if told.state in ENDED or stopping.is_set() or now > until:
                return
            await _changed(viewer)


async def _changed(viewer: Viewer) -> None:
    """Waits for news; a process that stops is noticed within a second."""
    with suppress(TimeoutError):
        await asyncio.wait_for(viewer.changed.wait(), LOOK_UP_S)

"""The progress of an import as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import StreamingResponse

from contracts.errors import AppError
from contracts.importer import GetImport, ImportState
from gateway.api.import_watch import Watched, Watches
from gateway.asker import Ask, Asker
from gateway.parameters import Id
from gateway.problems import problem
from gateway.routing import resource

router = resource("导入气瓶信息")
EVERY_S = 0.5
KEEP_ALIVE_S = 15.0
LONGEST_S = 1800.0
"""Then the browser connects again, perhaps to another process."""
ENDED = frozenset({"finished", "failed", "cancelled"})


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
    events = progress(ask, first, stopping, request.app.state.watches)
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def progress(
    asker: Asker, state: ImportState, stopping: asyncio.Event, watches: Watches
) -> AsyncIterator[str]:
    """The events of one watcher; the import is asked for once for all who watch it in this process."""
    with watches.watching(state) as watched:
        async for event in _events(asker, state, stopping, watched):
            yield event


async def _events(
    asker: Asker, state: ImportState, stopping: asyncio.Event, watched: Watched
) -> AsyncIterator[str]:
    """The events: one for each change, a comment when nothing changed for long, ``error`` when it is refused."""
    until = time.monotonic() + LONGEST_S
    said, said_at = None, 0.0
    while True:
        now = time.monotonic()
        if state != said:
            yield f"data: {state.model_dump_json()}\n\n"
            said, said_at = state, now
        elif now - said_at > KEEP_ALIVE_S:
            yield ": still here\n\n"
            said_at = now
        if state.state in ENDED or stopping.is_set() or now > until:
            return
        await asyncio.sleep(EVERY_S)
        try:
            state = await watched.newest(asker, EVERY_S / 2)
        except AppError as refusal:
            if refusal.status < 500:  # a token that ran out, say; what is away for a moment comes back
                yield f"event: error\ndata: {bytes(problem(refusal).body).decode()}\n\n"
                return

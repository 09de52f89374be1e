"""Events that a service could not take: an administrator looks, gives them back, or throws them away."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from contracts.call import Page
from contracts.dead_letters import Consumer, DeadLetter, calls_for
from gateway.asker import Ask
from gateway.parameters import Id
from gateway.routing import resource

router = resource("运维")
Of = Annotated[Consumer, Query(description="接收事件的服务")]
Limit = Annotated[int, Query(ge=1, le=200, description="条数")]


@router.get("/admin/dead-letters", operation_id="listDeadLetters", summary="查看未能处理的事件")
async def list_dead_letters(service: Of, ask: Ask, limit: Limit = 50) -> Page[DeadLetter]:
    """The oldest of each queue first."""
    return await ask.ask(calls_for(service).list(limit=limit))


@router.get(
    "/admin/dead-letters/{letter_id}", operation_id="showDeadLetter", summary="查看一条未能处理的事件"
)
async def show_dead_letter(letter_id: Id, service: Of, ask: Ask) -> DeadLetter:
    """With its masked content."""
    return await ask.ask(calls_for(service).show(id=letter_id))


@router.post(
    "/admin/dead-letters/{letter_id}/replay", operation_id="replayDeadLetter", summary="重新处理一条事件"
)
async def replay_dead_letter(letter_id: Id, service: Of, ask: Ask) -> DeadLetter:
    """Once its cause is mended; what was handled already is dropped by itself."""
    return await ask.ask(calls_for(service).replay(id=letter_id))


@router.delete("/admin/dead-letters/{letter_id}", operation_id="dropDeadLetter", summary="丢弃一条事件")
async def drop_dead_letter(letter_id: Id, service: Of, ask: Ask) -> DeadLetter:
    """For good: later events of the same thing wait for it until somebody sees to them."""
    return await ask.ask(calls_for(service).drop(id=letter_id))

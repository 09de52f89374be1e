"""Two officers on one page of the review: who was faster, and when (ui.md section 6.4)."""

from __future__ import annotations

from datetime import datetime

from contracts.errors import AppError
from contracts.identity import AccountNames, NameAccounts
from contracts.moments import in_shanghai
from gateway.services import Services
from gateway.spared import spared
from gateway.web.web import Web


async def with_name(web: Web, refusal: AppError, page: int) -> AppError:
    """A STALE of SaveReviewPage that says who saved the page; any other refusal as it is."""
    saved_by, saved_at = refusal.extra.get("saved_by"), refusal.extra.get("saved_at")
    if refusal.code != "STALE" or not (saved_by and saved_at):
        return refusal
    at = in_shanghai(datetime.fromisoformat(saved_at)).strftime("%H:%M")
    detail = f"第 {page} 页已由 {await _name(web, saved_by)} 于 {at} 保存。"
    return AppError(refusal.code, detail, **refusal.extra)


async def _name(web: Web, account_id: str) -> str:
    if web.caller and web.caller.id == account_id:
        return "您在另一处"
    services: Services = web.request.app.state.services
    asked = services.call(NameAccounts(ids=[account_id]), token=services.own_token())
    return (await spared(asked, AccountNames(names={}))).names.get(account_id, "其他人员")

"""Downloads: the gateway points to storage, the file itself never passes through it."""

from __future__ import annotations

from typing import Any

from fastapi.responses import RedirectResponse

from contracts.files import Link

REDIRECT: dict[int | str, dict[str, Any]] = {302: {"description": "文件的临时地址，5分钟内有效"}}


def redirect(link: Link) -> RedirectResponse:
    """302 to an address that is good for five minutes, so nobody may keep it."""
    return RedirectResponse(link.url, status_code=302, headers={"Cache-Control": "no-store"})

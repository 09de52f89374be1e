"""Pages of visitors."""

from __future__ import annotations

from gateway.web.public import (
    guide,
    home,
    login,
    notices,
    number,
    progress,
)

ROUTERS = tuple(
    page.router
    for page in (
        guide,
        home,
        login,
        notices,
        number,
        progress,
    )
)

"""通知公告 (ui.md section 4.3)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages()
